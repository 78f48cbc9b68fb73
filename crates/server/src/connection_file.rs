//! How commands find the cluster that a running server started: a file in the data directory with its connection URLs,
//! readable by its owner only, gone when the server stops.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use adapter_postgres::embedded::{DatabaseUrls, EmbeddedError};

const NAME: &str = "connection";

/// The file; removed when dropped.
#[derive(Debug)]
pub(crate) struct ConnectionFile(PathBuf);

impl ConnectionFile {
    /// Writes it anew.
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
        // What a killed server left may have other rights.
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

    /// What a running server wrote; `None` where there is nothing readable.
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
