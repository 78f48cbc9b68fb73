//! Standard output, where secrets are shown this once.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

/// Refuses what nobody can read: a closed standard output, in whose place Rust's runtime opens `/dev/null`, and `/dev/null`.
/// Writing there succeeds.
///
/// # Errors
/// What is wrong with standard output.
pub fn check() -> io::Result<()> {
    let out = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    // A file that is no device has the number 0.
    let is_null =
        out.rdev() != 0 && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == out.rdev());
    if is_null {
        return Err(io::Error::other(
            "standard output is closed, or is /dev/null",
        ));
    }
    Ok(())
}
