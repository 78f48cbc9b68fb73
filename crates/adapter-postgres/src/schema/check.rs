//! Checks whether a database has the schema that this build expects.

use std::collections::HashSet;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;

use super::MIGRATIONS;
use super::tables::__diesel_schema_migrations;
use crate::failure::Failure;

/// The migrations of this build that the database lacks. Migrations unknown to this build are ignored: a newer build
/// may be in deployment.
pub(crate) fn missing(connection: &mut PgConnection) -> Result<Vec<String>, Failure> {
    let versions = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
    let present: HashSet<String> = versions.load(connection)?.into_iter().collect();
    Ok(expected()?.into_iter().filter(|version| !present.contains(version)).collect())
}

fn expected() -> Result<Vec<String>, Failure> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(|_| Failure::defect("the embedded migrations cannot be read"))?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}
