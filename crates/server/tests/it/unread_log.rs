//! Test of a log that is not read.

use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::http::Client;
use crate::process::{ScratchDir, lines, run, users_server};

const STOP_LIMIT: Duration = Duration::from_mins(1);

/// More lines than fit into a pipe.
const REQUESTS: usize = 600;

#[test]
fn an_unread_log_does_not_block_the_service() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text()), ("LISTEN_ADDR", "127.0.0.1:0")];
    let mut command = users_server(&environment);
    let mut child = command
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let client = Client::new(&address(&mut log), "");
    for number in 0..REQUESTS {
        assert_eq!(client.get("/docs/").status, 200, "request {number}");
    }
    kill(pid, Signal::SIGTERM).unwrap();
    assert!(ended(child).success());
    // No first key was created, as it could not be shown.
    assert_eq!(lines(&run(&environment, &["key", "list"])).len(), 1);
    // The pipe holds whole lines, except the last, which the end of the process cut off.
    let lines: Vec<_> = log.lines().map(Result::unwrap).collect();
    for line in &lines[..lines.len() - 1] {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

fn address(log: &mut impl BufRead) -> String {
    let entries = log.lines().map(|line| serde_json::from_str(&line.unwrap()));
    let serving = |entry: &Value| entry["message"] == "serving";
    let entry = entries.map(Result::unwrap).find(serving).expect("the server starts");
    entry["address"].as_str().unwrap().to_owned()
}

fn ended(mut child: Child) -> ExitStatus {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(child.wait()));
    receiver.recv_timeout(STOP_LIMIT).expect("the process ends").unwrap()
}
