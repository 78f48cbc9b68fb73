//! The API of the services that run sessions and transactions: its handlers read reports with [`wire`] and
//! contain no business rules. An error in one report must not affect other reports.

mod batch;
mod enforcement;
mod metrics;
pub(crate) mod openapi;
mod reports;
mod results_body;
mod wire;

pub(crate) use enforcement::enforcement;
pub use metrics::IngestMetrics;
pub(crate) use reports::{risk_events, session_events, transaction_events};
