//! Ports: traits for the external dependencies of the domain, with their errors. Every MUST has a conformance test in
//! the crate `testkit`, which runs on every adapter, except for four ports that have one implementation each:
//! `PurgeStore`, `LaneStore` and `Outbox` are tested in `adapter-postgres`, `WebhookSender` in `adapter-webhooks`.

mod access;
mod audit;
mod clock;
mod deleted_users;
mod entropy;
mod error;
mod event_encoder;
mod idempotency;
mod purge;
mod rate_limiter;
mod readiness;
mod search_upkeep;
mod user_reader;
mod user_store;
mod webhooks;

pub use crate::rules::Facts;
pub use access::{ApplicationStore, DecideKeys, KeyMutation, KeyStore};
pub use audit::{AuditReader, AuditTrail};
pub use clock::Clock;
pub use deleted_users::DeletedUserReader;
pub use entropy::Entropy;
pub use error::StoreError;
pub use event_encoder::{EncodedEvent, EventEncoder};
pub use idempotency::{AnswerOf, Answered, IdempotencyError, IdempotencyStore, Idempotent};
pub use purge::{PurgeDue, PurgePortion, PurgeStore};
pub use rate_limiter::RateLimiter;
pub use readiness::Readiness;
pub use search_upkeep::SearchUpkeep;
pub use user_reader::UserReader;
pub use user_store::{Decide, FactsSpec, Mutation, Presence, UserStore, WriteError, Written};
pub use webhooks::{
    AddDestinationError, AttemptLog, Backlog, BacklogReader, ChangeDestinationError,
    DestinationChange, DestinationStore, DueDelivery, EventRetention, LaneStore, LeaseRequest,
    LeasedLane, NotSent, Outbox, OutgoingWebhook, RecoveryStore, SecretVault, SendReport,
    Sequenced, SettledAttempt, Settlement, SettlementResult, SigningTarget, Swept, TestEvent,
    TestEventEncoder, UrlPolicy, UrlRefused, VaultError, WebhookSender, WrongUserCount,
};

#[cfg(any(test, feature = "mocks"))]
pub use self::{
    access::{MockApplicationStore, MockKeyStore},
    audit::{MockAuditReader, MockAuditTrail},
    deleted_users::MockDeletedUserReader,
    idempotency::MockIdempotencyStore,
    purge::MockPurgeStore,
    rate_limiter::MockRateLimiter,
    readiness::MockReadiness,
    search_upkeep::MockSearchUpkeep,
    user_reader::MockUserReader,
    user_store::MockUserStore,
    webhooks::{
        MockAttemptLog, MockDestinationStore, MockLaneStore, MockOutbox, MockRecoveryStore,
        MockSecretVault, MockTestEventEncoder, MockUrlPolicy, MockWebhookSender,
    },
};
