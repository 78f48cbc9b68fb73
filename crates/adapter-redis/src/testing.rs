//! For tests only: a server of their own, which goes with the process that started it.

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

/// Starts the server, which tells its process id before anything else, then waits at the reading end of a pipe whose only writing end is in
/// this process: however this process ends, the pipe closes, and server and files go. Arguments: the directory to
/// remove, then the server's command line.
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

/// What both kinds of server say when they can be used.
const READY: &str = "eady to accept connections";

/// How long a server may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

static SHARED: LazyLock<TestServer> = LazyLock::new(TestServer::start);

/// A `redis-server` or `valkey-server` without persistence, on a socket in a directory of its own. It goes with this
/// value, or with the process.
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
    /// Starts one.
    ///
    /// # Panics
    /// When none is installed and none can be fetched, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        let name = RandomState::new().build_hasher().finish();
        let directory = env::temp_dir().join(format!("users-redis-{name:016x}"));
        let mut server = Self {
            directory,
            running: None,
        };
        server.start_again();
        server
    }

    /// One for the whole process, started on first use.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn shared() -> &'static Self {
        &SHARED
    }

    /// Its URL, the same after a new start.
    #[must_use]
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Starts a stopped one anew, empty.
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

    /// Kills it. Waits until it is gone.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // A halted server is killed as well.
            running.watchdog.stdin = None;
            let _ = running.watchdog.wait();
        }
    }

    /// Halts it: its connections stay, and nothing is answered.
    pub fn halt(&self) {
        self.signal("STOP");
    }

    /// Lets a halted one go on.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        if let Some(running) = &self.running {
            let sent = Command::new("kill")
                .args(["-s", name, &running.server])
                .status();
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
        let mut watchdog = shell
            .spawn()
            .unwrap_or_else(|error| panic!("no shell for a server: {error}"));
        let said = watchdog.stdout.take();
        let server = said.map_or_else(String::new, wait_until_ready);
        Running { watchdog, server }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The process id, which is said first. The server may say what it likes afterwards, to nobody.
fn wait_until_ready(said: ChildStdout) -> String {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(said).lines().map_while(Result::ok);
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
