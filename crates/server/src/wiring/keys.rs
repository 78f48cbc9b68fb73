//! The keys of a process, and whether they are those of its database.

use adapter_postgres::embedded::{has_cluster, make_data_dir};
use key_ring::KeyRing;

use super::{WiringError, pools};
use crate::config::{Config, Storage};
use crate::database::Database;
use crate::key_check::KeyCheck;

/// In the data directory.
const KEY_FILE: &str = "secret.key";

/// Whether this process has the keys of the database, asked with the rights of the owner of the schema: before a migration is
/// complete, the runtime role may have none.
///
/// # Errors
/// [`WiringError`].
pub fn key_check_as_owner(config: &Config, database: &Database) -> Result<KeyCheck, WiringError> {
    let pool = pools::command_as_owner(config, database)?;
    Ok(KeyCheck::new(key_ring(config)?, &pool))
}

/// Makes the key file before the cluster whose it is. One that is missing beside a cluster was lost: a new one would not
/// open what the cluster holds, and a backup would put it in the place of the right one.
///
/// # Errors
/// [`WiringError`].
pub fn make_key_file(config: &Config) -> Result<(), WiringError> {
    let (None, Storage::Embedded { data_dir, .. }) = (&config.secrets, &config.storage) else {
        return Ok(());
    };
    if has_cluster(data_dir)? {
        return key_ring(config).map(drop);
    }
    make_data_dir(data_dir)?;
    KeyRing::from_file_or_create(&data_dir.join(KEY_FILE))?;
    Ok(())
}

/// Whether there are the keys and the programs that serving needs, as far as can be seen without changing or asking anything.
///
/// # Errors
/// [`WiringError`].
pub fn check(config: &Config) -> Result<(), WiringError> {
    if let Storage::Embedded { data_dir, .. } = &config.storage
        && (has_cluster(data_dir)? || data_dir.join(KEY_FILE).exists())
    {
        key_ring(config)?;
    }
    Ok(Database::check(config)?)
}

pub(super) fn key_ring(config: &Config) -> Result<KeyRing, WiringError> {
    match (&config.secrets, &config.storage) {
        (Some(secrets), _) => Ok(secrets.key_ring()),
        (None, Storage::Embedded { data_dir, .. }) => {
            let path = data_dir.join(KEY_FILE);
            if !path.exists() {
                return Err(WiringError::NoKeyFile(path));
            }
            Ok(KeyRing::from_file(&path)?)
        }
        (None, Storage::Remote { .. }) => Err(WiringError::NoSecret),
    }
}
