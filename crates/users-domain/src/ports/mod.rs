//! Ports: traits for the external dependencies of the domain, with their errors. Every MUST has a conformance test in
//! the crate `testkit`, which runs on every adapter, except for four ports that have one implementation each:
//! `PurgeStore`, `LaneStore` and `Outbox` are tested in `adapter-postgres`, `WebhookSender` in `adapter-webhooks`.

mod access;
mod audit;
mod context;
mod deleted_users;
mod error;
mod event_encoder;
mod idempotency;
mod purge;
mod rate_limiter;
mod readiness;
mod user_reader;
mod user_store;
mod webhooks;

pub use crate::rules::Facts;
pub use access::*;
pub use audit::*;
pub use context::*;
pub use deleted_users::*;
pub use error::*;
pub use event_encoder::*;
pub use idempotency::*;
pub use purge::*;
pub use rate_limiter::*;
pub use readiness::*;
pub use user_reader::*;
pub use user_store::*;
pub use webhooks::*;
