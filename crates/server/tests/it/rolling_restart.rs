//! Restarts three processes one after the other under load, behind a balancer that polls `/readyz` twice a second.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::process::Server;
use crate::shared_database::SharedDatabase;

const PROCESSES: usize = 3;
const CLIENTS: usize = 4;
const POLLED_EVERY: Duration = Duration::from_millis(500);
const DRAIN: (&str, &str) = ("SHUTDOWN_DRAIN_SECONDS", "3");

/// Variable with the number of responses until which restarts continue; by default each process is restarted once.
const REQUESTS: &str = "ROLLING_RESTART_REQUESTS";

/// Sends a request and returns the status. Keeps the connection unless the response closes it.
fn get_status(
    connection: &mut Option<TcpStream>,
    address: &str,
    path: &str,
    key: &str,
) -> io::Result<u16> {
    let stream = match connection.take() {
        Some(stream) => stream,
        None => TcpStream::connect(address)?,
    };
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let mut reader = BufReader::new(stream);
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n");
    reader.get_mut().write_all(request.as_bytes())?;
    let (mut status, mut length, mut keeps) = (0, 0, true);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_lowercase();
        if let Some(rest) = line.strip_prefix("http/1.1 ") {
            status = rest[..3].parse().unwrap();
        } else if let Some(bytes) = line.strip_prefix("content-length: ") {
            length = bytes.parse().unwrap();
        } else if line == "connection: close" {
            keeps = false;
        } else if line.is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    if keeps {
        *connection = Some(reader.into_inner());
    }
    Ok(status)
}

/// A process as seen by the balancer, and the number of its responses.
struct Target {
    address: String,
    ready: AtomicBool,
    answered: AtomicUsize,
}

/// Sends requests to the ready processes in turn until `ended`. Returns the outcomes other than status 200.
fn load(targets: &[Target], key: &str, ended: &AtomicBool) -> Vec<String> {
    let mut connections: Vec<Option<TcpStream>> = targets.iter().map(|_| None).collect();
    let mut failed = Vec::new();
    for turn in (0..targets.len()).cycle() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let target = &targets[turn];
        if !target.ready.load(Ordering::Relaxed) {
            // Drops the connection like a balancer; the process closes it when it stops.
            connections[turn] = None;
            thread::yield_now();
            continue;
        }
        match get_status(&mut connections[turn], &target.address, "/v3/users/?limit=1", key) {
            Ok(200) => {
                target.answered.fetch_add(1, Ordering::Relaxed);
            }
            other => failed.push(format!("process {turn}: {other:?}")),
        }
    }
    failed
}

/// Ends the load when dropped, even if the test fails.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_rolling_restart_fails_no_request() {
    let database = SharedDatabase::new();
    let mut environment = database.environment().to_vec();
    environment.push(DRAIN);
    let start = || Server::start(&environment);
    let mut servers: Vec<Server> = (0..PROCESSES).map(|_| start()).collect();
    let key = database.owner_key();
    let target = |server: &Server| Target {
        address: server.address().to_owned(),
        ready: AtomicBool::new(true),
        answered: AtomicUsize::new(0),
    };
    let targets: Vec<Target> = servers.iter().map(target).collect();
    let answered = || {
        let each = targets.iter().map(|target| target.answered.load(Ordering::Relaxed));
        each.collect::<Vec<_>>()
    };
    let required = std::env::var(REQUESTS).map_or(1, |required| required.parse().unwrap());
    let ended = AtomicBool::new(false);
    let (end, ending) = channel::<()>();
    let (targets, key, ended) = (&targets, &key, &ended);
    thread::scope(|scope| {
        let balancer = scope.spawn(move || {
            while ending.recv_timeout(POLLED_EVERY) == Err(RecvTimeoutError::Timeout) {
                for target in targets {
                    let ready = get_status(&mut None, &target.address, "/readyz", "");
                    target.ready.store(matches!(ready, Ok(200)), Ordering::Relaxed);
                }
            }
        });
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| scope.spawn(|| load(targets, key, ended))).collect();
        let under_load = Ending(ended);
        while answered().iter().sum::<usize>() < required {
            for (server, target) in servers.iter_mut().zip(targets) {
                server.signal(Signal::SIGTERM);
                assert_eq!(server.wait().code(), Some(0));
                let mut environment = environment.clone();
                environment.push(("LISTEN_ADDR", &target.address));
                let before = target.answered.load(Ordering::Relaxed);
                *server = Server::start(&environment);
                while target.answered.load(Ordering::Relaxed) == before {
                    thread::yield_now();
                }
            }
        }
        drop((under_load, end));
        balancer.join().unwrap();
        let failed: Vec<_> =
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        assert_eq!(failed, [""; 0], "besides {:?} responses", answered());
    });
}
