//! The schema: its migrations, who may do what with it, and whether a database has it.
//!
//! Owns every statement that the owner role runs. Serving requests needs none of them but the check.

mod check;
mod columns;
mod grants;
mod lock;
mod migrate;

pub(crate) use check::missing;
pub use columns::{COLUMNS, Column, Content};
pub use migrate::{MIGRATION_WAIT, MigrateError, MigrationReport, keep_events_for, migrate, reach};

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// Where the tables are, for both roles: what a database or a role is set to must not lead one of them elsewhere.
pub(crate) const SEARCH_PATH: &str = "SET search_path = public";

/// The schema that this build expects.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
