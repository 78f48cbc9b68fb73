//! The internal API in the OpenAPI document.

mod answers;
mod examples;
mod operations;
mod reports;

pub(super) use operations::paths;

use serde_json::Value;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    reports::schemas()
        .into_iter()
        .chain(answers::schemas())
        .collect()
}
