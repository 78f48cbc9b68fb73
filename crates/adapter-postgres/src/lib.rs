//! The ports of the domain on PostgreSQL.
//!
//! - [`migrate`] brings a database up to date.
//! - [`Pool`] holds connections; the adapters of the ports use it: [`PgUserStore`], [`PgUserReader`],
//!   [`PgDeletedUserReader`], [`PgIdempotencyStore`], [`PgKeyStore`], [`PgApplicationStore`], [`PgAuditReader`],
//!   [`PgAuditTrail`], [`PgPurgeStore`], [`PgReadiness`], [`PgSearchUpkeep`], and for delivery [`PgOutbox`],
//!   [`PgLaneStore`], [`PgEventRetention`], [`PgBacklogReader`], [`PgDestinationStore`], [`PgAttemptLog`],
//!   [`PgRecoveryStore`].
//!
//! The only crate that contains SQL. Every statement filters by application, except the look-up of an API key and the
//! claims of workers over all applications. This crate decides no business rule; the domain does.

mod adapters;
mod application_store;
mod attempt_log;
mod audit;
mod audit_reader;
mod audit_trail;
mod backlog;
mod claims;
mod deleted_users;
mod destination_store;
mod failure;
mod key_check;
mod key_store;
mod lanes;
mod numbers;
mod outbox;
mod pool;
mod purge_store;
mod readiness;
mod recovery_store;
mod retention;
mod rows;
mod schema;
mod search_upkeep;
mod sort_key;
mod statement;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
mod transaction;
mod user_reader;
mod user_store;

pub use adapters::{
    PgApplicationStore, PgAttemptLog, PgAuditReader, PgAuditTrail, PgBacklogReader,
    PgDeletedUserReader, PgDestinationStore, PgEventRetention, PgKeyCheckStore, PgKeyStore,
    PgLaneStore, PgOutbox, PgPurgeStore, PgRecoveryStore, PgSearchUpkeep, PgUserReader,
};
pub use audit_reader::StoredAuditPage;
pub use claims::{IdempotencyQuota, PgIdempotencyStore};
pub use pool::{InvalidUrl, Pool, PoolConfig, PoolMetrics, Work, check_url, may_be_unencrypted};
pub use readiness::PgReadiness;
pub use schema::{
    COLUMNS, Column, Content, EXTENSIONS, MIGRATION_WAIT, MIGRATIONS, MigrateError,
    MigrationReport, keep_events_for, migrate, reach,
};
pub use user_store::PgUserStore;
