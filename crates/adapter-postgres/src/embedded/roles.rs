//! Creates roles and databases of the cluster as its superuser, which no code outside the embedded cluster uses.

use std::fmt;

use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    select,
    sql_types::{Bool, Text},
};

use super::{EmbeddedError, endpoint::Endpoint, secret::Credentials};

/// The role that creates the cluster; it logs in only in this module.
pub(super) const SUPERUSER: &str = "users_superuser";
/// The role that owns the databases: migrations, partitions, erasure.
const OWNER: &str = "users_owner";
/// The role that serves requests: may connect, has the rights that migrations grant, and creates nothing.
const RUNTIME: &str = "users_runtime";
/// The service's database.
pub(super) const DATABASE: &str = "users";
/// The extensions that the schema needs.
const EXTENSIONS: [&str; 2] = ["pg_trgm", "btree_gin"];

/// Connection URLs of one database, one per role. They contain passwords, so [`fmt::Debug`] does not show them.
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

/// The extensions of [`EXTENSIONS`] that this installation lacks.
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

/// Creates missing roles and sets the passwords of all roles to those of the file.
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

/// Creates a database if it is missing, and allows only the two roles to connect. The template must have no
/// connections.
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
        // Copying a template's files is several times faster than the default, which writes every page to the WAL.
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
    // Rights on a database are not copied from its template. By default, PUBLIC may connect and create temporary
    // tables.
    connection
        .batch_execute(&format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {RUNTIME}"))
        .map_err(EmbeddedError::sql("set the rights on the database"))
}

/// Drops a database and ends the sessions in it; does nothing if there is none.
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
