//! For tests only: a Redis server that stops with the process that started it.

mod program;

use std::collections::hash_map::RandomState;
use std::env;
use std::fs::DirBuilder;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

/// Starts the server, prints its process id, then reads from a pipe whose only writing end is in this process: however
/// this process ends, the pipe closes, and the script kills the server and removes its files. Arguments: the directory
/// to remove, then the command line of the server.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM
directory=$1
shift
sh -c 'echo "$$"; exec "$@"' server "$@" &
server=$!
exec >&-
while read -r _; do :; done
kill -s KILL "$server"
wait "$server"
rm -rf -- "$directory"
"#;

/// Both kinds of server print this when they are ready.
const READY: &str = "eady to accept connections";

/// Time limit for the start of a server.
const START_LIMIT: Duration = Duration::from_secs(30);

static SHARED: LazyLock<TestServer> = LazyLock::new(TestServer::start);

/// A `redis-server` or `valkey-server` without persistence, on a socket in its own directory. It stops when this value
/// is dropped or the process ends.
#[derive(Debug)]
pub struct TestServer {
    directory: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    watchdog: Child,
    server: String,
}

impl TestServer {
    /// Starts a server.
    ///
    /// # Panics
    /// If no server is installed and none can be fetched, or if it does not start.
    #[must_use]
    pub fn start() -> Self {
        let name = RandomState::new().build_hasher().finish();
        let directory = env::temp_dir().join(format!("users-redis-{name:016x}"));
        let mut server = Self { directory, running: None };
        server.start_again();
        server
    }

    /// A server shared by the whole process, started on first use.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn shared() -> &'static Self {
        &SHARED
    }

    /// The URL of the server, unchanged by a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Restarts the server, empty.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_again(&mut self) {
        self.stop();
        DirBuilder::new()
            .mode(0o700)
            .create(&self.directory)
            .unwrap_or_else(|error| panic!("no directory for a server: {error}"));
        self.running = Some(self.launch());
    }

    /// Kills the server and waits until it is gone.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // Also kills a halted server.
            running.watchdog.stdin = None;
            let _ = running.watchdog.wait();
        }
    }

    /// Suspends the server: its connections stay open, and it does not respond.
    pub fn halt(&self) {
        self.signal("STOP");
    }

    /// Resumes a halted server.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        if let Some(running) = &self.running {
            let sent = Command::new("kill").args(["-s", name, &running.server]).status();
            assert!(sent.is_ok_and(|status| status.success()), "kill -s {name}");
        }
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    fn launch(&self) -> Running {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", WATCHDOG, "test-server-watchdog"])
            .arg(&self.directory)
            .arg(program::program())
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .args(["--daemonize", "no", "--loglevel", "notice", "--logfile", ""])
            .arg("--dir")
            .arg(&self.directory)
            .arg("--unixsocket")
            .arg(self.socket());
        shell
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut watchdog =
            shell.spawn().unwrap_or_else(|error| panic!("no shell for a server: {error}"));
        let output = watchdog.stdout.take();
        let server = output.map_or_else(String::new, wait_until_ready);
        Running { watchdog, server }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns the process id, which the watchdog prints first. Later output is ignored.
fn wait_until_ready(output: ChildStdout) -> String {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        for line in lines {
            let ready = line.contains(READY);
            if sender.send(line).is_err() || ready {
                break;
            }
        }
    });
    let mut log = Vec::new();
    while let Ok(line) = lines.recv_timeout(START_LIMIT) {
        let ready = line.contains(READY);
        log.push(line);
        if ready {
            return log.swap_remove(0);
        }
    }
    panic!("the server did not start:\n{}", log.join("\n"));
}
