//! Checks whether a database has the schema that this build expects.

use std::collections::HashSet;

use diesel::PgConnection;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::QueryableByName;
use diesel::sql_types::Text;

use super::MIGRATIONS;
use crate::failure::Failure;
use crate::statement::Statement;

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The migrations of this build that the database lacks. Migrations unknown to this build are ignored: a newer build
/// may be in deployment.
pub(crate) fn missing(connection: &mut PgConnection) -> Result<Vec<String>, Failure> {
    let rows: Vec<Version> =
        Statement::new("SELECT version FROM __diesel_schema_migrations").rows(connection)?;
    let present: HashSet<String> = rows.into_iter().map(|row| row.version).collect();
    Ok(expected()?
        .into_iter()
        .filter(|version| !present.contains(version))
        .collect())
}

fn expected() -> Result<Vec<String>, Failure> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(|_| Failure::defect("the embedded migrations cannot be read"))?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}
