//! Roles and databases of the cluster, made by its superuser, whom nobody outside this module knows.

use std::fmt;

use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    select,
    sql_types::{Bool, Text},
};

use super::{EmbeddedError, endpoint::Endpoint, secret::Credentials};

/// The role that makes the cluster; it logs in only here.
pub(super) const SUPERUSER: &str = "users_superuser";
/// Owns the databases: migrations, partitions, erasure.
const OWNER: &str = "users_owner";
/// Serves requests: may connect, and what migrations grant; creates nothing.
const RUNTIME: &str = "users_runtime";
/// The service's database.
pub(super) const DATABASE: &str = "users";
/// What the schema needs beside the core.
const EXTENSIONS: [&str; 2] = ["pg_trgm", "btree_gin"];

/// Connection URLs of one database, one per role. They hold passwords: [`fmt::Debug`] does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrls {
    /// For migrations.
    pub owner: String,
    /// For everything else.
    pub runtime: String,
}

impl fmt::Debug for DatabaseUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseUrls").finish_non_exhaustive()
    }
}

pub(super) fn urls(endpoint: &Endpoint, credentials: &Credentials, database: &str) -> DatabaseUrls {
    DatabaseUrls {
        owner: endpoint.url(OWNER, &credentials.owner, database),
        runtime: endpoint.url(RUNTIME, &credentials.runtime, database),
    }
}

pub(super) fn connect(
    endpoint: &Endpoint,
    credentials: &Credentials,
) -> Result<PgConnection, EmbeddedError> {
    Ok(PgConnection::establish(&endpoint.url(
        SUPERUSER,
        &credentials.superuser,
        "postgres",
    ))?)
}

/// The extensions of [`EXTENSIONS`] that this installation does not have.
pub(super) fn missing_extensions(
    connection: &mut PgConnection,
) -> Result<Vec<&'static str>, EmbeddedError> {
    let mut missing = Vec::new();
    for name in EXTENSIONS {
        let query = sql::<Bool>("EXISTS (SELECT FROM pg_available_extensions WHERE name = ")
            .bind::<Text, _>(name)
            .sql(")");
        if !select(query)
            .get_result::<bool>(connection)
            .map_err(EmbeddedError::sql("look for extensions"))?
        {
            missing.push(name);
        }
    }
    Ok(missing)
}

/// Makes the roles where they are missing and sets their passwords to those of the file.
pub(super) fn ensure_roles(
    connection: &mut PgConnection,
    credentials: &Credentials,
) -> Result<(), EmbeddedError> {
    for (role, password) in [(OWNER, &credentials.owner), (RUNTIME, &credentials.runtime)] {
        connection
            .batch_execute(&format!(
                "DO $$ BEGIN \
                   IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role}; END IF; \
                 END $$; \
                 ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{password}'; \
                 REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC"
            ))
            .map_err(EmbeddedError::sql("make the roles"))?;
    }
    Ok(())
}

/// Makes a database where it is missing, and lets only the two roles into it. Nobody may be connected to the template.
pub(super) fn ensure_database(
    connection: &mut PgConnection,
    name: &str,
    template: Option<&str>,
) -> Result<(), EmbeddedError> {
    let exists = sql::<Bool>("EXISTS (SELECT FROM pg_database WHERE datname = ")
        .bind::<Text, _>(name)
        .sql(")");
    let exists = select(exists)
        .get_result::<bool>(connection)
        .map_err(EmbeddedError::sql("look for the database"))?;
    let database = quoted(name);
    if !exists {
        // Copying a template's files is several times faster than the default, which sends every page through the log.
        let source = template.map_or_else(
            || "template0".to_owned(),
            |template| format!("{} STRATEGY file_copy", quoted(template)),
        );
        connection
            .batch_execute(&format!(
                "CREATE DATABASE {database} OWNER {OWNER} TEMPLATE {source}"
            ))
            .map_err(EmbeddedError::sql("make the database"))?;
    }
    // Rights on a database are not copied from its template. PUBLIC may by default connect and make temporary tables.
    connection
        .batch_execute(&format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {RUNTIME}"))
        .map_err(EmbeddedError::sql("set the rights on the database"))
}

/// Drops a database and the sessions in it; nothing happens when there is none.
pub(super) fn drop_database(
    connection: &mut PgConnection,
    name: &str,
) -> Result<(), EmbeddedError> {
    connection
        .batch_execute(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            quoted(name)
        ))
        .map_err(EmbeddedError::sql("drop the database"))
}

/// An identifier as SQL text.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
