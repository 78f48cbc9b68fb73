//! A directory that goes in the end.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;

/// A new directory under `/tmp`, whose path is short enough for Unix sockets and which a cluster's account can reach.
/// Removed when dropped, unless it is kept.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    kept: bool,
}

impl Scratch {
    /// A new one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> Result<Self, Error> {
        let number = testkit::unique_seed()
            .iter()
            .take(6)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let path = PathBuf::from(format!("/tmp/users-trial-{number:012x}"));
        fs::create_dir(&path)?;
        Ok(Self { path, kept: false })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it where it is, for a look at what went wrong.
    pub const fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.kept {
            // What stays takes room and does nothing else.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
