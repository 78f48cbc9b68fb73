//! The server's log file: opened for appending, and rotated by size while the cluster runs.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

/// The size at which the log is rotated; one old log is retained.
const LOG_BYTES: u64 = 2 * 1024 * 1024;
const CHECK_INTERVAL: Duration = Duration::from_mins(1);

/// Opens the log, and rotates a large one first.
pub(super) fn open(path: &Path) -> io::Result<File> {
    rotate_if_large(path)?;
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// The text of the log from byte `from` on.
pub(super) fn since(path: &Path, from: u64) -> String {
    let mut text = Vec::new();
    // The text is for an error message: an unreadable log must not hide the error.
    if let Ok(mut file) = File::open(path)
        && file.seek(SeekFrom::Start(from)).is_ok()
    {
        let _ = file.take(LOG_BYTES).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Copies the log, then truncates it: the server has it open for appending and continues at the new end.
fn rotate_if_large(path: &Path) -> io::Result<()> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if size > LOG_BYTES {
        fs::copy(path, path.with_extension("log.1"))?;
        OpenOptions::new().write(true).open(path)?.set_len(0)?;
    }
    Ok(())
}

/// Rotates the log until dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    _stop: mpsc::Sender<()>,
}

impl Keeper {
    pub(super) fn start(path: PathBuf) -> Self {
        let (stop, stopped) = mpsc::channel();
        thread::spawn(move || {
            while stopped.recv_timeout(CHECK_INTERVAL) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Err(error) = rotate_if_large(&path) {
                    tracing::warn!(path = %path.display(), %error, "the log of the embedded PostgreSQL cannot be rotated");
                }
            }
        });
        Self { _stop: stop }
    }
}

#[cfg(test)]
mod tests;
