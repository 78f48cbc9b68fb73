//! A child that outlives this process, to stop the server when this process is killed.
//!
//! It is a shell waiting at the reading end of a pipe whose only writing end is here: however this process ends, the pipe closes. It
//! has a process group of its own, so Ctrl-C reaches only the service, which then stops the server in order.

use std::{
    io::Write as _,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
};

use super::{EmbeddedError, child};

/// Arguments: PostgreSQL's data directory, then what to remove at the end. Input: the server's process id, again
/// when it changes, then nothing until the end.
///
/// It signals only while `postmaster.pid` still names that process, so neither a stranger with a reused id nor the server of a next
/// start is hit. Fast shutdown for 30 s, then immediate for 5 s, then kill.
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
    /// Starts waiting. `remove` is removed at the end of this process, also when there is no server yet.
    pub(super) fn start<'a>(
        cluster: &Path,
        remove: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Self, EmbeddedError> {
        let mut shell = child::command("sh");
        shell
            .args(["-c", SCRIPT, "users-server-watchdog"])
            .arg(cluster)
            .args(remove);
        shell
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let shell = shell.spawn().map_err(EmbeddedError::io("start", "sh"))?;
        Ok(Self { shell })
    }

    /// Says which process to stop.
    pub(super) fn watch(&mut self, pid: u32) -> Result<(), EmbeddedError> {
        let Some(pipe) = self.shell.stdin.as_mut() else {
            return Ok(());
        };
        writeln!(pipe, "{pid}").map_err(EmbeddedError::io("write to", "the watchdog"))
    }

    /// The process, for tests that kill it.
    #[cfg(feature = "testing")]
    pub(super) fn pid(&self) -> u32 {
        self.shell.id()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Closes the pipe; with the server gone the shell has nothing left to do but to remove and end.
        self.shell.stdin = None;
        let _ = self.shell.wait();
    }
}
