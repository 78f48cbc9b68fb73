//! The internal API in the OpenAPI document.

mod answers;
mod examples;
mod operations;
mod reports;

pub(in crate::endpoints) use operations::paths;

use serde_json::Value;

pub(in crate::endpoints) fn schemas() -> Vec<(&'static str, Value)> {
    reports::schemas()
        .into_iter()
        .chain(answers::schemas())
        .collect()
}
