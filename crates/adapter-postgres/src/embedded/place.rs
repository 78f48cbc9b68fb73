//! Where things lie: the data directory, the directory the cluster lives in, and their locks.
//!
//! Usually everything is inside the data directory. Root is the exception: the cluster then runs as another user, who often cannot
//! reach the data directory (a clone under `/root` is the common case). The cluster then lives in
//! `/var/lib/users-service/<random name>`, and the file `postgres.location` in the data directory says where. The name is random, so a
//! data directory that is removed and made again starts empty, as its owner expects.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{Account, EmbeddedError, secret};

const LOCK: &str = "postgres.lock";
const LOCATION: &str = "postgres.location";
const CREDENTIALS: &str = "postgres.credentials";
/// For root, where the data directory itself cannot be reached by the cluster's user.
const REACHABLE: &str = "/var/lib/users-service";
/// Others may pass through but not list.
const PASSABLE: u32 = 0o711;

/// The directories of one cluster, locked for this process until dropped.
#[derive(Debug)]
pub(super) struct Place {
    data_dir: PathBuf,
    base: PathBuf,
    /// Held, never read. Two, for two copies of a data directory can point at one base.
    _locks: Vec<File>,
}

impl Place {
    /// Makes the directories where they are missing and locks them.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::InUse`] when another process has them.
    pub(super) fn claim(
        data_dir: &Path,
        account: &Account,
        progress: &dyn Fn(&str),
    ) -> Result<Self, EmbeddedError> {
        make_passable(data_dir)?;
        let data_dir =
            fs::canonicalize(data_dir).map_err(EmbeddedError::io("resolve", data_dir))?;
        let mut locks = vec![lock(&data_dir)?];
        let base = base_of(&data_dir, account, progress)?;
        if base != data_dir {
            locks.push(lock(&base)?);
        }
        Ok(Self {
            data_dir,
            base,
            _locks: locks,
        })
    }

    /// What everything of the cluster but its passwords lies in; the cluster's account can enter it.
    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// PostgreSQL's own data directory.
    pub(super) fn cluster(&self) -> PathBuf {
        self.base.join("postgres")
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }

    /// The file with the passwords.
    pub(super) fn credentials(&self) -> PathBuf {
        self.data_dir.join(CREDENTIALS)
    }

    /// Everything there is to remove of a throw-away cluster.
    pub(super) fn all(&self) -> Vec<&Path> {
        let mut all = vec![self.data_dir.as_path()];
        if self.base != self.data_dir {
            all.push(&self.base);
        }
        all
    }
}

fn base_of(
    data_dir: &Path,
    account: &Account,
    progress: &dyn Fn(&str),
) -> Result<PathBuf, EmbeddedError> {
    let pointer = data_dir.join(LOCATION);
    match fs::read_to_string(&pointer) {
        Ok(text) => {
            let base = PathBuf::from(text.trim_end());
            make_passable(&base)?;
            return Ok(base);
        }
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => {
            return Err(EmbeddedError::Io {
                action: "read",
                path: pointer,
                source,
            });
        }
    }
    if account.can_enter(data_dir) {
        return Ok(data_dir.to_owned());
    }
    let base = Path::new(REACHABLE).join(secret::random_hex::<8>()?);
    make_passable(&base)?;
    // The pointer comes last: a directory without one is empty and harmless.
    secret::write_private(&pointer, &format!("{}\n", base.display()))?;
    progress(&format!(
        "the user {} cannot reach {}, so the database is kept in {}",
        account.stand_in_name().unwrap_or("of the cluster"),
        data_dir.display(),
        base.display()
    ));
    Ok(base)
}

/// Makes a directory and its parents; what exists keeps its mode.
fn make_passable(dir: &Path) -> Result<(), EmbeddedError> {
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

fn lock(dir: &Path) -> Result<File, EmbeddedError> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path);
    let file = file.map_err(EmbeddedError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(EmbeddedError::Io {
            action: "lock",
            path,
            source,
        }),
    }
}
