//! Ports of webhook delivery (docs/WEBHOOKS.md describes its guarantees).

mod attempt_log;
mod backlog;
mod destination_store;
mod lane_store;
mod outbox;
mod recovery_store;
mod secret_vault;
mod url_policy;
mod webhook_sender;

pub use attempt_log::*;
pub use backlog::*;
pub use destination_store::*;
pub use lane_store::*;
pub use outbox::*;
pub use recovery_store::*;
pub use secret_vault::*;
pub use url_policy::*;
pub use webhook_sender::*;
