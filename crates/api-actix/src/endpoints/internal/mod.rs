//! The API of the services that run sessions and transactions: one file per operation, which reads reports with
//! [`wire`]. Handlers contain no business rules. An error in one report must not affect other reports.

mod batch;
mod body_limits;
mod enforcement;
mod metrics;
mod noting;
pub(crate) mod openapi;
mod refused;
mod results_body;
mod risk_events;
mod session_events;
mod transaction_events;
mod wire;

pub(crate) use enforcement::enforcement;
pub use metrics::IngestMetrics;
pub(crate) use risk_events::risk_events;
pub(crate) use session_events::session_events;
pub(crate) use transaction_events::transaction_events;
pub(crate) use wire::limits;
