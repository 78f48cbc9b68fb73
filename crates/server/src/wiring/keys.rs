//! The key ring of a process, and its checks.

use embedded_postgres::{has_cluster, make_data_dir};
use key_ring::KeyRing;

use super::{WiringError, pools};
use crate::config::{Config, Storage};
use crate::database::Database;
use crate::key_check::KeyCheck;

/// Name of the key file in the data directory.
const KEY_FILE: &str = "secret.key";

/// Creates the key check with the rights of the schema's owner: before a migration is complete, the runtime role may
/// have no rights.
pub(crate) fn key_check_as_owner(
    config: &Config,
    database: &Database,
) -> Result<KeyCheck, WiringError> {
    let pool = pools::owner_pool(config, database)?;
    Ok(KeyCheck::new(key_ring(config)?, &pool))
}

/// Creates the key file before its cluster. If the cluster exists without a key file, the file was lost: a new one
/// could not open the sealed values of the cluster, and a backup of it could overwrite the right one.
pub(crate) fn make_key_file(config: &Config) -> Result<(), WiringError> {
    let (None, Storage::Embedded(options)) = (&config.key_ring, &config.storage) else {
        return Ok(());
    };
    let data_dir = &options.data_dir;
    if has_cluster(data_dir)? {
        return key_ring(config).map(drop);
    }
    make_data_dir(data_dir)?;
    KeyRing::from_file_or_create(&data_dir.join(KEY_FILE))?;
    Ok(())
}

/// Checks that the keys and the programs for serving exist, without changing or connecting to anything.
pub(crate) fn check(config: &Config) -> Result<(), WiringError> {
    if let Storage::Embedded(options) = &config.storage
        && (has_cluster(&options.data_dir)? || options.data_dir.join(KEY_FILE).exists())
    {
        key_ring(config)?;
    }
    Ok(Database::check(config)?)
}

pub(super) fn key_ring(config: &Config) -> Result<KeyRing, WiringError> {
    match (&config.key_ring, &config.storage) {
        (Some(key_ring), _) => Ok(key_ring.clone()),
        (None, Storage::Embedded(options)) => {
            let path = options.data_dir.join(KEY_FILE);
            if !path.exists() {
                return Err(WiringError::NoKeyFile(path));
            }
            Ok(KeyRing::from_file(&path)?)
        }
        (None, Storage::Remote(_)) => Err(WiringError::NoSecret),
    }
}
