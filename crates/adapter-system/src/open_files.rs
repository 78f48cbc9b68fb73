//! The limit of open files, connections included, of this process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit to `wanted`, or as far as permitted. Returns the limit that is now in force.
#[must_use]
pub fn raise_open_files_limit_to(wanted: u64) -> u64 {
    let Ok((limit, most)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return wanted;
    };
    if limit >= wanted {
        return limit;
    }
    let raised = wanted.min(most);
    match setrlimit(Resource::RLIMIT_NOFILE, raised, most) {
        Ok(()) => raised,
        Err(_) => limit,
    }
}
