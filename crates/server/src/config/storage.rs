//! The settings of the database to use, and of the secrets from which its keys are derived.

use std::path::PathBuf;

use adapter_postgres::EXTENSIONS;
use embedded_postgres::{DatabaseUrls, EmbeddedOptions};
use key_ring::{KeyRing, Secret};
use layered_settings::{Noted, Reader, read_fields};

use super::values;

const MAX_PREVIOUS_SECRETS: usize = 8;

/// The PostgreSQL to use.
#[derive(Debug)]
pub(crate) enum Storage {
    /// A PostgreSQL that runs outside of the service.
    ///
    /// The URLs of the runtime role and of the owner of the schema are the same if only one of them is set.
    Remote(DatabaseUrls),
    /// A cluster that the service creates, starts and stops.
    Embedded(EmbeddedOptions),
}

impl Storage {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let runtime = reader.secret("database_url", values::database_url);
        let owner = reader.secret("migration_database_url", values::database_url);
        let embedded = embedded(reader);
        let (runtime, owner) = match (runtime?, owner?) {
            (None, None) => return embedded.map(Self::Embedded),
            (Some(runtime), Some(owner)) => (runtime, owner),
            (Some(only), None) | (None, Some(only)) => {
                reader.warning(
                    "only one of DATABASE_URL and MIGRATION_DATABASE_URL is set: with a role that owns the schema the \
                    service could change the schema and the audit trail; any other role can neither migrate nor shorten \
                    retention_days",
                );
                (only.clone(), only)
            }
        };
        if [&runtime, &owner].into_iter().any(|url| adapter_postgres::may_be_unencrypted(url)) {
            reader.warning(
                "the database is on another machine and its URL has no sslmode: the connection may be unencrypted, and the \
                 server is not verified; add ?sslmode=verify-full",
            );
        }
        for key in ["data_dir", "pg_bin_dir", "allow_postgres_download"] {
            if reader.is_set(key) {
                reader.warning(format!(
                    "{key} has no effect: it applies to the embedded cluster only"
                ));
            }
        }
        Ok(Self::Remote(DatabaseUrls { owner, runtime }))
    }
}

fn embedded(reader: &mut Reader<'_>) -> Result<EmbeddedOptions, Noted> {
    let path = |text: &str| Ok(PathBuf::from(text));
    read_fields!(reader, EmbeddedOptions {
        data_dir = required("data_dir", path),
        pg_bin_dir = optional("pg_bin_dir", path),
        allow_download = flag("allow_postgres_download"),
        ..EmbeddedOptions {
            extensions: EXTENSIONS.map(str::to_owned).to_vec(),
            fallback_dir: "/var/lib/users-service".into(),
            ..EmbeddedOptions::durable("users", "")
        }
    })
}

/// Returns the key ring of the secrets, or `None` if no secret is set.
pub(super) fn key_ring(reader: &mut Reader<'_>) -> Result<Option<KeyRing>, Noted> {
    let parse = |text: &str| Secret::parse(text).map_err(|error| error.to_string());
    let current = reader.secret("secret_key", parse);
    let previous = reader.secret_list("secret_keys_previous", parse);
    let (current, previous) = (current?, previous?);
    let problem = match current {
        _ if previous.len() > MAX_PREVIOUS_SECRETS => {
            &*format!("must be at most {MAX_PREVIOUS_SECRETS} secrets")
        }
        None if !previous.is_empty() => "needs SECRET_KEY, the secret that is current",
        current => return Ok(current.map(|current| KeyRing::new(current, previous))),
    };
    Err(reader.problem("secret_keys_previous", problem))
}

/// Reports a missing secret: every process of a shared database must derive the same keys.
pub(super) fn check_secrets(
    reader: &mut Reader<'_>,
    storage: &Storage,
    key_ring: Option<&KeyRing>,
) {
    if matches!(storage, Storage::Remote(_)) && key_ring.is_none() {
        reader.problem(
            "secret_key",
            "is required with DATABASE_URL, the same for every process (`openssl rand -base64 32` generates one)",
        );
    }
}
