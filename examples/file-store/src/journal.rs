//! The file: complete lines that are only appended.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

pub(crate) struct Journal {
    file: File,
    length: u64,
    pub(crate) max_bytes: u64,
    /// Whether the end of the file is unknown after a failed write. The file must then be opened again.
    broken: bool,
}

impl Journal {
    /// Opens the file for this process only, and returns its lines. A last line without an end is removed: the process
    /// stopped while it wrote the line, so its call was not answered.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, String)> {
        let options = &mut OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.try_lock()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let complete = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(complete.map_or(0, |last| last + 1));
        let length = bytes.len() as u64;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        // A new file is in its directory only when the directory is on the disk.
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            File::open(directory)?.sync_all()?;
        }
        let text = String::from_utf8(bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let journal = Self { file, length, max_bytes: u64::MAX, broken: false };
        Ok((journal, text))
    }

    /// Appends a line, or nothing.
    pub(crate) fn append(&mut self, line: &str) -> io::Result<()> {
        let length = self.length + line.len() as u64 + 1;
        if self.broken || length > self.max_bytes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if let Err(error) = self.file.write_all(format!("{line}\n").as_bytes()) {
            let end = SeekFrom::Start(self.length);
            let removed = self.file.set_len(self.length);
            self.broken = removed.and_then(|()| self.file.seek(end)).is_err();
            return Err(error);
        }
        self.length = length;
        Ok(())
    }

    /// Waits until all lines are on the disk. After a failure it is unknown which of them are, and a repeat could
    /// succeed without them: every later call fails.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if self.broken {
            return Err(io::ErrorKind::Other.into());
        }
        let synced = self.file.sync_data();
        self.broken |= synced.is_err();
        synced
    }
}
