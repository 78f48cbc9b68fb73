//! Many connections at once, of clients that send nothing more.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio::net::TcpSocket;

use crate::process::{ScratchDir, Server};

/// As many as the service takes by default, a fifth of them from each address: as many as it takes from one.
const SOCKETS: usize = 5000;
const ADDRESSES: usize = 5;

/// Requests at once.
const BURST: usize = 100;

const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// A connection from an address of this machine that has had one answer.
async fn connect(server: SocketAddr, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let stream = tokio::time::timeout(WAIT_LIMIT, socket.connect(server)).await;
    let mut stream = stream.unwrap().unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(WAIT_LIMIT)).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    stream
}

/// The server raises the limit of its open files by itself; the sockets' other ends are in this process.
#[tokio::test]
async fn five_thousand_silent_sockets_keep_no_client_out() {
    let (limit, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let dir = ScratchDir::new();
    let server = Server::start(&[("DATA_DIR", dir.text())]);
    setrlimit(Resource::RLIMIT_NOFILE, limit.max(8192).min(most), most).unwrap();
    let address = server.address().parse().unwrap();
    let client = server.client(&server.first_key());
    let mut names = (0..).map(|number| json!({"vendor_data": format!("user-{number}")}));
    let mut is_answered = || {
        let created = client.post("/v3/users/create/", &names.next().unwrap());
        assert_eq!(created.status, 201, "{}", created.body);
    };

    let mut sockets = Vec::new();
    for number in 0..SOCKETS {
        let last = u8::try_from(2 + number % ADDRESSES).unwrap();
        sockets.push(connect(address, Ipv4Addr::new(127, 0, 0, last)).await);
    }
    is_answered();
    for (number, socket) in sockets.iter_mut().enumerate() {
        // One was closed to make room.
        let sent = socket.write_all(b"GET /healthz HTTP/1.1\r\na: ");
        assert!(sent.is_ok() || number < ADDRESSES, "{number}");
    }
    is_answered();
    // One more of a client with all its places takes the place of its own oldest.
    drop(connect(address, Ipv4Addr::new(127, 0, 0, 2)).await);
    is_answered();

    let metrics = server.watcher().get("/metrics").body;
    let made_room = "users_http_connections_closed_total{reason=\"made_room\"} ";
    let (_, made_room) = metrics.split_once(made_room).unwrap();
    assert!(!made_room.starts_with('0'), "{metrics}");
    assert!(
        metrics.contains("users_http_connections_refused_total 0\n"),
        "{metrics}"
    );
}

/// What is made once for everybody is made by one thread, however many ask for it before it is there.
#[test]
fn a_burst_of_first_requests_for_a_file_takes_few_threads() {
    let dir = ScratchDir::new();
    let server = Server::start(&[("DATA_DIR", dir.text())]);
    let tasks = format!("/proc/{}/task", server.pid());
    let threads = || fs::read_dir(&tasks).unwrap().count();
    let before = threads();
    for path in ["/docs/swagger-ui-bundle.js", "/openapi.json"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let ask = |_| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            stream.set_read_timeout(Some(WAIT_LIMIT)).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            stream
        };
        let streams: Vec<_> = (0..BURST).map(ask).collect();
        for mut stream in streams {
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200", "{path}");
        }
    }
    let more = threads().saturating_sub(before);
    assert!(more < BURST / 4, "{more} threads more");
}
