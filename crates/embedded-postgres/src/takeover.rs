//! Cleans up after an earlier process: a server that still runs or shuts down, or a stale `postmaster.pid`.

use std::{fs, path::Path, time::Duration};

use super::{
    EmbeddedError, child,
    postmaster::{FAST_LIMIT, PidFile, exists, stop_by_steps},
    wait,
};

const PS_LIMIT: Duration = Duration::from_secs(10);

/// Stops a server that still runs on this cluster, and removes a stale `postmaster.pid`. The caller holds the lock of
/// the data directory, so no other process starts a server meanwhile.
pub(super) fn clear(cluster: &Path, progress: &dyn Fn(&str)) -> Result<(), EmbeddedError> {
    let Some(PidFile { pid, .. }) = PidFile::read(cluster) else {
        // Missing, or truncated by a crash: PostgreSQL refuses to start with a truncated file.
        return PidFile::remove(cluster);
    };
    if serves(pid, cluster) {
        progress(&format!(
            "stopping the PostgreSQL (process {pid}) that an earlier run left behind"
        ));
        if !stop_by_steps(pid, FAST_LIMIT, || !serves(pid, cluster)) {
            return Err(EmbeddedError::WillNotStop { pid, cluster: cluster.to_owned() });
        }
    }
    // PostgreSQL refuses to start if a process of its user has reused the process id in a stale file.
    PidFile::remove(cluster)
}

/// Whether this process is a PostgreSQL server on this cluster: process ids are reused, for example after a reboot or
/// in a new container.
fn serves(pid: u32, cluster: &Path) -> bool {
    if !exists(pid) {
        return false;
    }
    let process = Path::new("/proc").join(pid.to_string());
    if Path::new("/proc/self/cwd").exists() {
        // The server's working directory is its cluster. A zombie process has no working directory.
        return fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == cluster);
    }
    let mut ps = child::command("ps");
    ps.args(["-ww", "-o", "command=", "-p"]).arg(pid.to_string());
    let command_line =
        wait::run(&mut ps, PS_LIMIT).map(|finished| finished.output).unwrap_or_default();
    command_line.contains("postgres") && command_line.contains(&*cluster.to_string_lossy())
}
