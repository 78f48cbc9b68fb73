//! What this machine allows: threads, and connections by open files.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use adapter_system::raise_open_files_limit_to;
use api_actix::ConnectionLimits;

use crate::config::Config;

/// Returns the number of cores of this machine.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Open files other than the connections of clients, pools and attempts: the log, the runtime, name look-ups.
const OTHER_FILES: usize = 256;

/// Returns the connection limits, reduced if the process may not open as many files.
pub(crate) fn connection_limits(config: &Config) -> ConnectionLimits {
    let limits = config.http.connections;
    let others = OTHER_FILES
        .saturating_add(config.database.pool.connections as usize)
        .saturating_add(config.delivery.pool_size as usize)
        .saturating_add(config.delivery.dispatcher.in_flight);
    let wanted = limits.total.saturating_add(others);
    let files = raise_open_files_limit_to(u64::try_from(wanted).unwrap_or(u64::MAX));
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let total = limits.total.min(files.saturating_sub(others)).max(1);
    if total < limits.total {
        tracing::warn!(
            connections = total,
            "this process may not open as many files as HTTP_MAX_CONNECTIONS and WEBHOOK_IN_FLIGHT need: fewer connections are accepted"
        );
    }
    ConnectionLimits { total, ..limits }
}
