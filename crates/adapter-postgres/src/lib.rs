//! The ports of the domain on PostgreSQL.
//!
//! - [`migrate`] brings a database up to date.
//! - [`Pool`] keeps connections; the adapters of the ports work over it: [`PgUserStore`], [`PgUserReader`],
//!   [`PgKeyStore`], [`PgApplicationStore`], [`PgReadiness`].
//! - [`embedded`] runs a private cluster.
//!
//! The only crate that knows SQL. Every statement but the look-up of a key names its application. No rule is decided
//! here: what may change and what follows from it is the domain's.

mod application_store;
pub mod embedded;
mod failure;
mod key_store;
#[cfg(test)]
mod plans;
mod pool;
mod readiness;
mod rows;
mod schema;
mod sort_key;
mod statement;
#[cfg(feature = "testing")]
pub mod testing;
mod user_reader;
mod user_store;

pub use application_store::PgApplicationStore;
pub use key_store::PgKeyStore;
pub use pool::{InvalidUrl, Pool, PoolConfig, check_url};
pub use readiness::PgReadiness;
pub use schema::{
    COLUMNS, Column, Content, MIGRATION_WAIT, MIGRATIONS, MigrateError, MigrationReport, migrate,
};
pub use user_reader::PgUserReader;
pub use user_store::PgUserStore;
