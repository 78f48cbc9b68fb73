//! What receivers of webhooks get: the bytes of event bodies.
//!
//! This crate alone knows how events are written and signed; it knows neither SQL nor the HTTP API.

mod event_body;
mod raw_json;

pub use event_body::EventBodyEncoder;
pub use raw_json::RawJson;
