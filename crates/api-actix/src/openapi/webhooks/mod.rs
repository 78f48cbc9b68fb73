//! Webhook destinations and events in the OpenAPI document.

mod events;
mod examples;
mod operations;
mod parameters;
mod requests;
mod shown;

pub(super) use events::webhooks;
pub(super) use operations::paths;

use serde_json::Value;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    requests::schemas()
        .into_iter()
        .chain(shown::schemas())
        .chain(events::schemas())
        .collect()
}
