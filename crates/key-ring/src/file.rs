//! Reads and creates the key file of a data directory: one secret per line, the current one first. Never replaces an
//! existing file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::ring::KeyRing;
use crate::secret::{MAX_SECRET_BYTES, Secret, SecretError};

/// Maximum size of a key file, in bytes: enough for eight secrets of maximum length.
const MAX_FILE_BYTES: u64 = 8 * 2 * MAX_SECRET_BYTES as u64;

/// Why a key file cannot be used. The message names the file and never shows its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or created.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// The attempted action: `read` or `create`.
        action: &'static str,
        /// The key file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file permissions allow access by users other than the owner.
    #[error("{path} is accessible to users other than its owner: `chmod 600 {path}`", path = .0.display())]
    TooOpen(PathBuf),
    /// The file contains no secret.
    #[error("{} contains no secret", .0.display())]
    Empty(PathBuf),
    /// The file is longer than the size limit.
    #[error("{} is longer than {MAX_FILE_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
    /// A line of the file is not a valid secret.
    #[error("{path}, line {line}: {source}", path = path.display())]
    Secret {
        /// The key file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Why the line is not a valid secret.
        source: SecretError,
    },
    /// A new secret could not be generated.
    #[error("cannot generate a secret: {0}")]
    Generate(#[source] SecretError),
}

impl KeyRing {
    /// Reads the key file, or creates it with a new secret if it does not exist. The created file is readable by its
    /// owner only. Creation is atomic: processes that start at the same time all use the first file created. The
    /// directory must exist. To rotate, insert a new secret above the old one; empty lines are ignored.
    ///
    /// # Errors
    /// [`KeyFileError`] if the file cannot be read or created, is accessible to other users, or has invalid content.
    pub fn from_file_or_create(path: &Path) -> Result<Self, KeyFileError> {
        match Self::from_file(path) {
            Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                create(path)?;
                Self::from_file(path)
            }
            result => result,
        }
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyFileError`] if the file cannot be read, is accessible to other users, or has invalid content.
    pub fn from_file(path: &Path) -> Result<Self, KeyFileError> {
        let text = read(path)?;
        let mut secrets = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| {
                Secret::parse(line).map_err(|source| KeyFileError::Secret {
                    path: path.to_owned(),
                    line: at + 1,
                    source,
                })
            })
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let current = secrets.next().ok_or_else(|| KeyFileError::Empty(path.to_owned()))?;
        Ok(Self::new(current, secrets.collect()))
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let failed = |source| KeyFileError::Io { action: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::TooOpen(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(KeyFileError::TooLarge(path.to_owned()));
    }
    Ok(text)
}

/// Writes a draft in the same directory and hard-links it into place. Unlike a rename, a link never replaces a file
/// that another process has created.
fn create(path: &Path) -> Result<(), KeyFileError> {
    let secret = Secret::generate().map_err(KeyFileError::Generate)?;
    let draft = draft_path(path)?;
    let written =
        write_new(&draft, &secret).and_then(|()| match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => sync_directory(path),
        });
    let removed = std::fs::remove_file(&draft);
    written.and(removed).map_err(|source| KeyFileError::Io {
        action: "create",
        path: path.to_owned(),
        source,
    })
}

fn draft_path(path: &Path) -> Result<PathBuf, KeyFileError> {
    let salt = getrandom::u64().map_err(|error| KeyFileError::Generate(error.into()))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{salt:016x}.draft"));
    Ok(path.with_file_name(name))
}

fn write_new(path: &Path, secret: &Secret) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret.expose_text().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Makes the new directory entry durable: without this, a crash could lose a key file that is already in use.
fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
