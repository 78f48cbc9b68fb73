//! Everything that webhook receivers get: event bodies, their signatures, and sending.
//!
//! Only this crate knows how events are written and signed and which addresses are called; it knows neither SQL nor the
//! HTTP API.

mod address;
mod backlog_metrics;
mod canonical;
mod dispatcher;
mod event_body;
mod metrics;
mod raw_json;
mod sender;
mod signature;
mod url_policy;
mod vault;

pub use address::AddressGuard;
pub use backlog_metrics::BacklogMetrics;
pub use dispatcher::{
    Dispatcher, DispatcherLimits, DispatcherPorts, LaneRun, StoreOutage, WorkReport,
};
pub use event_body::EventBodyEncoder;
pub use metrics::{DeliveryMetrics, registered};
pub use raw_json::RawJson;
pub use sender::{HttpWebhookSender, NameLookup, SenderError, SenderSettings};
pub use signature::signature_headers;
pub use url_policy::GuardedUrlPolicy;
pub use vault::KeyRingVault;

/// The page for receivers; its Rust examples run as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/WEBHOOKS.md")]
struct PageForReceivers;
