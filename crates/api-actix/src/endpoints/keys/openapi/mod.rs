//! API keys in the OpenAPI document.

mod examples;
mod operations;
mod requests;
mod shown;

pub(in crate::endpoints) use operations::paths;

use serde_json::Value;

pub(in crate::endpoints) fn schemas() -> Vec<(&'static str, Value)> {
    requests::schemas()
        .into_iter()
        .chain(shown::schemas())
        .collect()
}
