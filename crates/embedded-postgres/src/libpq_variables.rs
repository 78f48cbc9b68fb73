//! Environment variables of the process that change how libpq connects.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::{env, io};

/// Restarts this program without the variables that libpq reads (PGSERVICE, PGOPTIONS and others) if any are set: with
/// them a program would not reach its embedded cluster. Returns only if none is set.
///
/// # Errors
/// The program cannot be started again.
pub fn restart_without_libpq_variables() -> io::Result<()> {
    let names = env::vars_os().map(|(name, _)| name);
    let of_libpq: Vec<_> = names
        .filter(|name| {
            let name = name.as_encoded_bytes();
            name.starts_with(b"PG") && !name.starts_with(b"PG_")
        })
        .collect();
    if of_libpq.is_empty() {
        return Ok(());
    }
    let mut arguments = env::args_os();
    let mut again = Command::new(env::current_exe()?);
    again.arg0(arguments.next().unwrap_or_default());
    again.args(arguments);
    for name in of_libpq {
        again.env_remove(name);
    }
    Err(again.exec())
}
