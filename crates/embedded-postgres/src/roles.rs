//! Creates roles and databases of the cluster as its superuser, which no code outside the embedded cluster uses.

use std::fmt;

use diesel::{
    Connection, PgConnection, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    select,
    sql_types::{Bool, Text},
};

use super::{
    EmbeddedError,
    endpoint::Endpoint,
    secret::{Credentials, Login},
};

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
        owner: endpoint.url(&credentials.owner, database),
        runtime: endpoint.url(&credentials.runtime, database),
    }
}

pub(super) fn connect(
    endpoint: &Endpoint,
    credentials: &Credentials,
) -> Result<PgConnection, EmbeddedError> {
    Ok(PgConnection::establish(&endpoint.url(&credentials.superuser, "postgres"))?)
}

pub(super) fn missing_extensions(
    connection: &mut PgConnection,
    extensions: &[String],
) -> Result<Vec<String>, EmbeddedError> {
    let mut missing = Vec::new();
    for name in extensions {
        if !exists(connection, "pg_available_extensions WHERE name = ", name)
            .map_err(EmbeddedError::sql("look for extensions"))?
        {
            missing.push(name.clone());
        }
    }
    Ok(missing)
}

/// Creates missing roles and sets the passwords of all roles to those of the file.
pub(super) fn ensure_roles(
    connection: &mut PgConnection,
    credentials: &Credentials,
) -> Result<(), EmbeddedError> {
    for Login { role, password } in [&credentials.owner, &credentials.runtime] {
        let change = if exists(connection, "pg_roles WHERE rolname = ", role)
            .map_err(EmbeddedError::sql("look for the roles"))?
        {
            "ALTER"
        } else {
            "CREATE"
        };
        connection
            .batch_execute(&format!(
                "{change} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{password}'; \
                 REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC",
                quoted(role)
            ))
            .map_err(EmbeddedError::sql("make the roles"))?;
    }
    Ok(())
}

/// Creates a database if it is missing, and allows only the two roles to connect. The template must have no
/// connections.
pub(super) fn ensure_database(
    connection: &mut PgConnection,
    credentials: &Credentials,
    name: &str,
    template: Option<&str>,
) -> Result<(), EmbeddedError> {
    let exists = exists(connection, "pg_database WHERE datname = ", name)
        .map_err(EmbeddedError::sql("look for the database"))?;
    let (owner, runtime) = (quoted(&credentials.owner.role), quoted(&credentials.runtime.role));
    let database = quoted(name);
    if !exists {
        // Copying a template's files is several times faster than the default, which writes every page to the WAL.
        let source = template.map_or_else(
            || "template0".to_owned(),
            |template| format!("{} STRATEGY file_copy", quoted(template)),
        );
        connection
            .batch_execute(&format!("CREATE DATABASE {database} OWNER {owner} TEMPLATE {source}"))
            .map_err(EmbeddedError::sql("make the database"))?;
    }
    // Rights on a database are not copied from its template. By default, PUBLIC may connect and create temporary
    // tables.
    connection
        .batch_execute(&format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {runtime}"))
        .map_err(EmbeddedError::sql("set the rights on the database"))
}

/// Drops a database and ends the sessions in it; does nothing if there is none.
pub(super) fn drop_database(
    connection: &mut PgConnection,
    name: &str,
) -> Result<(), EmbeddedError> {
    connection
        .batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))
        .map_err(EmbeddedError::sql("drop the database"))
}

/// Whether the catalogue contains the name; `rows` ends where the name is compared.
fn exists(connection: &mut PgConnection, rows: &str, name: &str) -> QueryResult<bool> {
    let query = sql::<Bool>(&format!("EXISTS (SELECT FROM {rows}")).bind::<Text, _>(name).sql(")");
    select(query).get_result(connection)
}

/// An identifier as SQL text.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
