//! Temporary directories.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;

/// A new directory under `/tmp`, whose path is short enough for Unix sockets and which a cluster's account can reach.
/// Deleted when dropped, unless [`Scratch::retain`] was called.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    retained: bool,
}

impl Scratch {
    /// Creates a directory.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn new() -> Result<Self, Error> {
        let number = testkit::unique_seed()
            .iter()
            .take(6)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let path = PathBuf::from(format!("/tmp/users-trial-{number:012x}"));
        fs::create_dir(&path)?;
        Ok(Self { path, retained: false })
    }

    /// Path of the directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Retains the directory, so that logs can be inspected.
    pub const fn retain(&mut self) {
        self.retained = true;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.retained {
            // A leftover directory only uses space.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
