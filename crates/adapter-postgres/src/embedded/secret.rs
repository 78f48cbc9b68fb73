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
    Ok(bytes
        .iter()
        .fold(String::with_capacity(2 * BYTES), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
}

/// The passwords of the three roles.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) superuser: String,
    pub(super) owner: String,
    pub(super) runtime: String,
}

impl Credentials {
    pub(super) fn generate() -> Result<Self, EmbeddedError> {
        Ok(Self {
            superuser: random_hex::<PASSWORD_BYTES>()?,
            owner: random_hex::<PASSWORD_BYTES>()?,
            runtime: random_hex::<PASSWORD_BYTES>()?,
        })
    }

    /// Reads the file; `None` if it is missing or differs from the format of [`Credentials::save`].
    pub(super) fn load(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let value = |name: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
            let whole = line.len() == 2 * PASSWORD_BYTES
                && line.bytes().all(|byte| byte.is_ascii_hexdigit());
            whole.then(|| line.to_owned())
        };
        Some(Self {
            superuser: value("superuser")?,
            owner: value("owner")?,
            runtime: value("runtime")?,
        })
    }

    /// Writes the file, readable only for this process's user, atomically and durably.
    pub(super) fn save(&self, path: &Path) -> Result<(), EmbeddedError> {
        let text = format!(
            "superuser={}\nowner={}\nruntime={}\n",
            self.superuser, self.owner, self.runtime
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
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        path.parent()
            .map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
    })();
    written.map_err(|source| {
        let _ = fs::remove_file(&fresh);
        EmbeddedError::Io {
            action: "write",
            path: path.to_owned(),
            source,
        }
    })
}
