//! The check of standard output, where secrets are shown once.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

/// Rejects `/dev/null` as standard output, which Rust's runtime also opens in place of a closed standard output. Writes
/// to it succeed without being readable.
///
/// # Errors
/// The problem of standard output.
pub fn check_output() -> io::Result<()> {
    let out = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    // The device number of a file that is not a device is 0.
    let is_null =
        out.rdev() != 0 && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == out.rdev());
    if is_null {
        return Err(io::Error::other("standard output is closed, or is /dev/null"));
    }
    Ok(())
}
