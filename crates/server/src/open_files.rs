//! How many files, connections among them, this process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit to as many as are wanted, or as may be. With how many there may be now.
pub(crate) fn raise_limit_to(wanted: u64) -> u64 {
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
