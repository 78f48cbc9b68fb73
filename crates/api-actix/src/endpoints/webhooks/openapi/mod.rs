//! Webhook destinations and events in the OpenAPI document.

mod events;
mod examples;
mod operations;
mod parameters;
mod requests;
mod shown;

pub(in crate::endpoints) use events::webhooks;
pub(in crate::endpoints) use operations::paths;

use serde_json::Value;

pub(in crate::endpoints) fn schemas() -> Vec<(&'static str, Value)> {
    requests::schemas()
        .into_iter()
        .chain(shown::schemas())
        .chain(events::schemas())
        .collect()
}
