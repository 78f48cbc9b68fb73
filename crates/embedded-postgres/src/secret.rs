//! The generated passwords of the cluster and their file. They must never appear in a log or an error text.

use std::{
    fmt,
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::EmbeddedError;

/// The number of random bytes in a password, which is written in hexadecimal so that it never needs quoting.
const PASSWORD_BYTES: usize = 24;

/// `bytes` random bytes as hexadecimal.
pub(super) fn random_hex<const BYTES: usize>() -> Result<String, EmbeddedError> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes).map_err(|source| EmbeddedError::Random(source.to_string()))?;
    Ok(bytes.iter().fold(String::with_capacity(2 * BYTES), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

pub(super) struct Login {
    pub(super) role: String,
    pub(super) password: String,
}

pub(super) struct Credentials {
    /// Creates the cluster, and logs in only in this crate.
    pub(super) superuser: Login,
    /// Owns the databases: migrations and maintenance.
    pub(super) owner: Login,
    /// Serves requests: may connect, has the rights that migrations grant, and creates nothing.
    pub(super) runtime: Login,
}

impl Credentials {
    pub(super) fn generate(database: &str) -> Result<Self, EmbeddedError> {
        Ok(Self::of(
            database,
            [
                random_hex::<PASSWORD_BYTES>()?,
                random_hex::<PASSWORD_BYTES>()?,
                random_hex::<PASSWORD_BYTES>()?,
            ],
        ))
    }

    fn of(database: &str, [superuser, owner, runtime]: [String; 3]) -> Self {
        let login = |role, password| Login { role: format!("{database}_{role}"), password };
        Self {
            superuser: login("superuser", superuser),
            owner: login("owner", owner),
            runtime: login("runtime", runtime),
        }
    }

    /// Reads the file; `None` if it is missing or differs from the format of [`Credentials::save`].
    pub(super) fn load(path: &Path, database: &str) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
            let whole = line.len() == 2 * PASSWORD_BYTES
                && line.bytes().all(|byte| byte.is_ascii_hexdigit());
            whole.then(|| line.to_owned())
        };
        let passwords = [value("superuser")?, value("owner")?, value("runtime")?];
        Some(Self::of(database, passwords))
    }

    /// Writes the file, readable only for this process's user, atomically and durably.
    pub(super) fn save(&self, path: &Path) -> Result<(), EmbeddedError> {
        let text = format!(
            "superuser={}\nowner={}\nruntime={}\n",
            self.superuser.password, self.owner.password, self.runtime.password
        );
        write_private(path, &text)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Replaces `path` atomically by a file of mode 0600.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), EmbeddedError> {
    let fresh = path.with_extension(format!("{}.new", random_hex::<4>()?));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
    })();
    written.map_err(|source| {
        let _ = fs::remove_file(&fresh);
        EmbeddedError::Io { action: "write", path: path.to_owned(), source }
    })
}
