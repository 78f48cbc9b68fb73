//! Ports of webhook delivery (docs/WEBHOOKS.md describes its guarantees).

mod attempt_log;
mod backlog;
mod destination_store;
mod lane_store;
mod outbox;
mod recovery_store;
mod retention;
mod secret_vault;
mod test_event_encoder;
mod url_policy;
mod webhook_sender;

pub use attempt_log::AttemptLog;
pub use backlog::{Backlog, BacklogReader};
pub use destination_store::{
    AddDestinationError, ChangeDestinationError, DestinationChange, DestinationStore, SigningTarget,
};
pub use lane_store::{
    DueDelivery, LaneStore, LeaseRequest, LeasedLane, SettledAttempt, Settlement, SettlementResult,
};
pub use outbox::{Outbox, Sequenced, WrongUserCount};
pub use recovery_store::RecoveryStore;
pub use retention::{EventRetention, Swept};
pub use secret_vault::{SecretVault, VaultError};
pub use test_event_encoder::{TestEvent, TestEventEncoder};
pub use url_policy::{UrlPolicy, UrlRefused};
pub use webhook_sender::{NotSent, OutgoingWebhook, SendReport, WebhookSender};

#[cfg(any(test, feature = "mocks"))]
pub use self::{
    attempt_log::MockAttemptLog, destination_store::MockDestinationStore,
    lane_store::MockLaneStore, outbox::MockOutbox, recovery_store::MockRecoveryStore,
    secret_vault::MockSecretVault, test_event_encoder::MockTestEventEncoder,
    url_policy::MockUrlPolicy, webhook_sender::MockWebhookSender,
};
