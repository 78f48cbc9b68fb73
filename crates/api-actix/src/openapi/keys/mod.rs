//! API keys in the document: their operations, what they take and what they answer.

mod examples;
mod operations;
mod requests;
mod shown;

pub(super) use operations::paths;

use serde_json::Value;

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    requests::schemas()
        .into_iter()
        .chain(shown::schemas())
        .collect()
}
