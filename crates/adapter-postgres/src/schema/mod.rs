//! The schema: its migrations, the rights of the roles, and the check whether a database is up to date.
//!
//! Contains every statement that the owner role runs. Serving requests uses only the check.

mod check;
mod columns;
pub(crate) mod functions;
mod grants;
mod migrate;
pub(crate) mod tables;

pub(crate) use check::missing;
pub use columns::{COLUMNS, Column, Content};
pub use migrate::{MIGRATION_WAIT, MigrateError, MigrationReport, keep_events_for, migrate, reach};

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// Fixes the schema of the tables for both roles, so that settings of a database or a role have no effect on it.
pub(crate) const SEARCH_PATH: &str = "SET search_path = public";

/// The extensions that the schema needs.
pub const EXTENSIONS: [&str; 2] = ["pg_trgm", "btree_gin"];

/// The schema that this build expects.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
