//! Users in the OpenAPI document.

mod answers;
pub(in crate::endpoints) mod examples;
mod operations;
mod parameters;
pub(in crate::endpoints) mod requests;
pub(in crate::endpoints) mod user;

pub(in crate::endpoints) use operations::paths;

use serde_json::Value;

pub(in crate::endpoints) fn schemas() -> Vec<(&'static str, Value)> {
    user::schemas()
        .into_iter()
        .chain(answers::schemas())
        .chain(requests::schemas())
        .collect()
}
