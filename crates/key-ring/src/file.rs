//! The key file of a data directory: one secret a line, the current one first. Must never replace a file that exists.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::ring::KeyRing;
use crate::secret::{MAX_SECRET_BYTES, Secret, SecretError};

/// Greatest size of a key file, in bytes: the current secret and a few previous ones at their longest.
const MAX_FILE_BYTES: u64 = 8 * 2 * MAX_SECRET_BYTES as u64;

/// Why a key file could not be used. Names the file, and never shows its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file could not be read or made.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others than the owner may read or write the file.
    #[error("{path} may be read or written by others than its owner: `chmod 600 {path}`", path = path.display())]
    TooOpen {
        /// The key file.
        path: PathBuf,
    },
    /// The file has no secret in it.
    #[error("{path} holds no secret", path = path.display())]
    Empty {
        /// The key file.
        path: PathBuf,
    },
    /// The file is longer than any key file.
    #[error("{path} is longer than {MAX_FILE_BYTES} bytes", path = path.display())]
    TooLarge {
        /// The key file.
        path: PathBuf,
    },
    /// A line of the file is no secret.
    #[error("{path}, line {line}: {source}", path = path.display())]
    Secret {
        /// The key file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: SecretError,
    },
    /// No new secret could be made.
    #[error("cannot make a secret: {0}")]
    Generate(#[source] SecretError),
}

impl KeyRing {
    /// Reads the key file, or makes one with a new secret where there is none. Readable by its owner only, and made
    /// whole or not at all: of several processes that start at once, all use the file of the first. Its directory must
    /// exist. To rotate, put a new secret above the old one; empty lines are ignored.
    ///
    /// # Errors
    /// [`KeyFileError`] where the file cannot be read or made, is open to others, or holds something else.
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
    /// [`KeyFileError`] where the file cannot be read, is open to others, or holds something else.
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
        let current = secrets.next().ok_or_else(|| KeyFileError::Empty {
            path: path.to_owned(),
        })?;
        Ok(Self::new(current, secrets.collect()))
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let failed = |source| KeyFileError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    if open_to_others(&file).map_err(failed)? {
        return Err(KeyFileError::TooOpen {
            path: path.to_owned(),
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(KeyFileError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(text)
}

#[cfg(unix)]
fn open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Writes a draft beside the file and links it into place: a link, unlike a rename, never replaces what a rival made.
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
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(secret.expose_text().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Without it, a crash of the machine could leave no file where one was already in use.
fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if cfg!(unix) && !parent.as_os_str().is_empty() => {
            File::open(parent)?.sync_all()
        }
        _ => Ok(()),
    }
}
