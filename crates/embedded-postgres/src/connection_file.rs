//! The file from which other processes read the URLs of a running cluster.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::{DatabaseUrls, EmbeddedError};

const NAME: &str = "connection";

/// A file with the URLs of a running cluster, for other processes of the same account, such as commands of the server
/// that runs the cluster. It is in the data directory, readable by its owner only, and removed when dropped.
#[derive(Debug)]
pub struct ConnectionFile(PathBuf);

impl ConnectionFile {
    /// Writes the file, replacing an existing one.
    ///
    /// # Errors
    /// [`EmbeddedError::Io`].
    pub fn write(data_dir: &Path, urls: &DatabaseUrls) -> Result<Self, EmbeddedError> {
        let path = data_dir.join(NAME);
        let failed = |source| EmbeddedError::Io { action: "write", path: path.clone(), source };
        // A file left by a killed server may have other permissions.
        let _ = fs::remove_file(&path);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        write!(file, "{}\n{}\n", urls.owner, urls.runtime).map_err(failed)?;
        Ok(Self(path))
    }

    /// Reads the file of a running server; `None` if there is no readable file.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<DatabaseUrls> {
        let text = fs::read_to_string(data_dir.join(NAME)).ok()?;
        let (owner, runtime) = text.trim_end().split_once('\n')?;
        Some(DatabaseUrls { owner: owner.to_owned(), runtime: runtime.to_owned() })
    }
}

impl Drop for ConnectionFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
