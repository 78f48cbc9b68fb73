//! The connection file, from which commands read the URLs of the cluster that a running server started. It is in the
//! data directory, readable by its owner only, and removed when the server stops.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use embedded_postgres::{DatabaseUrls, EmbeddedError};

const NAME: &str = "connection";

/// The connection file; removed when dropped.
#[derive(Debug)]
pub(crate) struct ConnectionFile(PathBuf);

impl ConnectionFile {
    /// Writes the file, replacing an existing one.
    ///
    /// # Errors
    /// [`EmbeddedError::Io`].
    pub(crate) fn write(data_dir: &Path, urls: &DatabaseUrls) -> Result<Self, EmbeddedError> {
        let path = data_dir.join(NAME);
        let failed = |source| EmbeddedError::Io {
            action: "write",
            path: path.clone(),
            source,
        };
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
    pub(crate) fn read(data_dir: &Path) -> Option<DatabaseUrls> {
        let text = fs::read_to_string(data_dir.join(NAME)).ok()?;
        let (owner, runtime) = text.trim_end().split_once('\n')?;
        Some(DatabaseUrls {
            owner: owner.to_owned(),
            runtime: runtime.to_owned(),
        })
    }
}

impl Drop for ConnectionFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
