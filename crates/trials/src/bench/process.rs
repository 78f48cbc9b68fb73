//! What the operating system says of a process (Linux).

use std::fs;

use nix::unistd::Pid;

use crate::Trouble;

const KIBIBYTE: u64 = 1024;

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resident {
    /// Now.
    pub(super) now: u64,
    /// The most so far.
    pub(super) most: u64,
}

/// Reads it.
///
/// # Errors
/// Where there is no such process, or no `/proc`.
pub(super) fn resident(pid: Pid) -> Result<Resident, Trouble> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        number.map(|kibibytes| kibibytes * KIBIBYTE)
    };
    Ok(Resident {
        now: bytes("VmRSS:").ok_or("no VmRSS")?,
        most: bytes("VmHWM:").ok_or("no VmHWM")?,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory() {
        let found = resident(Pid::this()).unwrap();
        assert!(
            found.now > 1_000_000 && found.most >= found.now,
            "{found:?}"
        );
    }
}
