//! A child process that stops the server if this process is killed.
//!
//! It is a shell that reads from a pipe whose only writing end is in this process: however this process ends, the pipe
//! closes. It has its own process group, so Ctrl-C reaches only the service, which then stops the server in order.

use std::{
    io::Write as _,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
};

use super::{EmbeddedError, child};

/// Arguments: PostgreSQL's data directory, then the directories to remove at the end. Input: the server's process id,
/// and again each time it changes; then end of file.
///
/// It sends signals only while `postmaster.pid` still contains that process id, so it never stops an unrelated process
/// with a reused id or the server of a later start. Fast shutdown for 30 s, then immediate for 5 s, then kill.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
cluster=$1
shift
pid=
while read -r line; do pid=$line; done
is_ours() {
    first=
    read -r first 2>/dev/null <"$cluster/postmaster.pid"
    [ -n "$pid" ] && [ "$first" = "$pid" ] && kill -0 "$pid"
}
for step in INT:300 QUIT:50 KILL:10; do
    is_ours || break
    kill -s "${step%:*}" "$pid"
    left=${step#*:}
    while [ "$left" -gt 0 ] && is_ours; do
        sleep 0.1
        left=$((left - 1))
    done
done
[ $# -eq 0 ] || rm -rf -- "$@"
"#;

#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Starts the watchdog. It removes the directories `remove` when this process ends, even without a server.
    pub(super) fn start<'a>(
        cluster: &Path,
        remove: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Self, EmbeddedError> {
        let mut shell = child::command("sh");
        shell.args(["-c", SCRIPT, "embedded-postgres-watchdog"]).arg(cluster).args(remove);
        shell
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let shell = shell.spawn().map_err(EmbeddedError::io("start", "sh"))?;
        Ok(Self { shell })
    }

    /// Sets the process id of the server to stop.
    pub(super) fn watch(&mut self, pid: u32) -> Result<(), EmbeddedError> {
        let Some(pipe) = self.shell.stdin.as_mut() else {
            return Ok(());
        };
        writeln!(pipe, "{pid}").map_err(EmbeddedError::io("write to", "the watchdog"))
    }

    /// The process id, for tests that kill it.
    #[cfg(feature = "testing")]
    pub(super) fn pid(&self) -> u32 {
        self.shell.id()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Closes the pipe; without a running server the shell removes its directories and exits.
        self.shell.stdin = None;
        let _ = self.shell.wait();
    }
}
