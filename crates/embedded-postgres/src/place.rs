//! The data directory, the base directory of the cluster, and their locks.
//!
//! Usually the base is the data directory. For root, the cluster runs as another user, which often cannot access the
//! data directory (for example a clone under `/root`). The base is then `<fallback_dir>/<random name>`, and the file
//! `postgres.location` in the data directory contains its path. The name is random, so that a data directory that is
//! removed and created again starts empty.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{Account, EmbeddedError, EmbeddedOptions, secret};

pub(super) const CLUSTER: &str = "postgres";
const LOCK: &str = "postgres.lock";
const LOCK_TRIES: usize = 20;
const LOCK_RETRY_INTERVAL: Duration = Duration::from_millis(25);
const LOCATION: &str = "postgres.location";
const CREDENTIALS: &str = "postgres.credentials";
/// Other users may enter the directory but not list it.
const PASSABLE: u32 = 0o711;

/// The directories of one cluster, locked for this process until dropped.
#[derive(Debug)]
pub(super) struct Place {
    data_dir: PathBuf,
    base: PathBuf,
    /// Held, never read. Two locks, because two copies of a data directory can refer to the same base.
    _locks: Vec<File>,
}

impl Place {
    /// Creates missing directories and locks them. Also returns the account that runs the cluster.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::InUse`] if another process has locked them, [`EmbeddedError::OutOfReach`] if the account of an
    /// existing cluster cannot access it.
    pub(super) fn claim(
        options: &EmbeddedOptions,
        progress: &dyn Fn(&str),
    ) -> Result<(Self, Account), EmbeddedError> {
        let data_dir = &options.data_dir;
        make_passable(data_dir)?;
        let data_dir =
            fs::canonicalize(data_dir).map_err(EmbeddedError::io("resolve", data_dir))?;
        let mut locks = vec![lock(&data_dir)?];
        let (base, account) = settle(&data_dir, &options.fallback_dir, progress)?;
        if base != data_dir {
            locks.push(lock(&base)?);
        }
        let place = Self { data_dir, base, _locks: locks };
        Ok((place, account))
    }

    /// The directory of all files of the cluster except its passwords; the cluster's account can enter it.
    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    pub(super) fn cluster(&self) -> PathBuf {
        self.base.join(CLUSTER)
    }

    pub(super) fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }

    pub(super) fn credentials(&self) -> PathBuf {
        self.data_dir.join(CREDENTIALS)
    }

    /// All directories of the cluster, to remove a throw-away one.
    pub(super) fn all(&self) -> Vec<&Path> {
        let mut all = vec![self.data_dir.as_path()];
        if self.base != self.data_dir {
            all.push(&self.base);
        }
        all
    }
}

/// Whether the data directory has a cluster. Changes nothing on disk.
///
/// # Errors
///
/// [`EmbeddedError::Io`] if the file with the cluster's location cannot be read.
pub fn has_cluster(data_dir: &Path) -> Result<bool, EmbeddedError> {
    let recorded = recorded_base(data_dir)?;
    let base = recorded.as_deref().unwrap_or(data_dir);
    Ok(base.join(CLUSTER).exists())
}

/// Creates the data directory if it is missing, as the start of a cluster does.
///
/// # Errors
///
/// [`EmbeddedError::Io`].
pub fn make_data_dir(data_dir: &Path) -> Result<(), EmbeddedError> {
    make_passable(data_dir)
}

/// The base of an existing or future cluster as known so far, and the account that runs it. Changes nothing on disk.
///
/// # Errors
///
/// [`EmbeddedError::OutOfReach`] as [`Place::claim`], and others.
pub(super) fn look(data_dir: &Path) -> Result<(PathBuf, Account), EmbeddedError> {
    let base = recorded_base(data_dir)?.unwrap_or_else(|| data_dir.to_owned());
    let cluster = base.join(CLUSTER);
    if !cluster.exists() {
        return Ok((base, Account::for_new_cluster()?));
    }
    let account = Account::owning(&cluster)?;
    if account.can_enter(&base) {
        return Ok((base, account));
    }
    let account = account.name().to_owned();
    Err(EmbeddedError::OutOfReach { base, account })
}

/// The final base of the cluster, and the account that runs it.
fn settle(
    data_dir: &Path,
    fallback_dir: &Path,
    progress: &dyn Fn(&str),
) -> Result<(PathBuf, Account), EmbeddedError> {
    let (base, account) = look(data_dir)?;
    if base.join(CLUSTER).exists() {
        return Ok((base, account));
    }
    if base != data_dir {
        make_passable(&base)?;
        return Ok((base, account));
    }
    if account.can_enter(data_dir) {
        return Ok((base, account));
    }
    let base = reachable_base(data_dir, fallback_dir)?;
    progress(&format!(
        "the user {} cannot reach {}, so the database is kept in {}",
        account.name(),
        data_dir.display(),
        base.display()
    ));
    Ok((base, account))
}

/// The base that an earlier [`reachable_base`] recorded.
fn recorded_base(data_dir: &Path) -> Result<Option<PathBuf>, EmbeddedError> {
    let pointer = data_dir.join(LOCATION);
    match fs::read_to_string(&pointer) {
        Ok(text) => Ok(Some(PathBuf::from(text.trim_end()))),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EmbeddedError::Io { action: "read", path: pointer, source }),
    }
}

fn reachable_base(data_dir: &Path, parent: &Path) -> Result<PathBuf, EmbeddedError> {
    let base = parent.join(secret::random_hex::<8>()?);
    make_passable(parent)?;
    make_passable(&base)?;
    // The location file is written last: a base without it is empty and harmless.
    secret::write_private(&data_dir.join(LOCATION), &format!("{}\n", base.display()))?;
    Ok(base)
}

/// Creates a directory and its parents; an existing directory keeps its mode.
pub(super) fn make_passable(dir: &Path) -> Result<(), EmbeddedError> {
    let fresh = !dir.exists();
    DirBuilder::new()
        .recursive(true)
        .create(dir)
        .map_err(EmbeddedError::io("make the directory", dir))?;
    if fresh {
        fs::set_permissions(dir, fs::Permissions::from_mode(PASSABLE))
            .map_err(EmbeddedError::io("set the mode of", dir))?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file lock signals its release only to a wait without a time limit"
)]
fn lock(dir: &Path) -> Result<File, EmbeddedError> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(EmbeddedError::io("open", &path))?;
    let mut locked = file.try_lock();
    // A child process that is being started briefly holds the lock file of a stopped cluster.
    for _ in 0..LOCK_TRIES {
        if !matches!(locked, Err(TryLockError::WouldBlock)) {
            break;
        }
        thread::sleep(LOCK_RETRY_INTERVAL);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(EmbeddedError::Io { action: "lock", path, source }),
    }
}
