//! Tests of many concurrent connections from silent clients.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio::net::TcpSocket;

use crate::process::{ScratchDir, Server};

/// The default maximum of connections. Each address opens a fifth of them, the default maximum per client.
const SOCKETS: usize = 5000;
const ADDRESSES: usize = 5;

/// Number of concurrent requests.
const BURST: usize = 100;

const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// Opens a connection from this local address and reads one response.
async fn connect(server: SocketAddr, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let stream = tokio::time::timeout(WAIT_LIMIT, socket.connect(server)).await;
    let mut stream = stream.unwrap().unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(WAIT_LIMIT)).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    stream
}

/// The server raises its own limit of open files; this process holds the client ends of the sockets.
#[tokio::test]
async fn five_thousand_silent_sockets_do_not_block_other_clients() {
    let (limit, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let dir = ScratchDir::new();
    let server = Server::start(&[("DATA_DIR", dir.text())]);
    setrlimit(Resource::RLIMIT_NOFILE, limit.max(8192).min(most), most).unwrap();
    let address = server.address().parse().unwrap();
    let client = server.client(&server.first_key());
    let mut names = (0..).map(|number| json!({"vendor_data": format!("user-{number}")}));
    let mut create_succeeds = || {
        let created = client.post("/v3/users/create/", &names.next().unwrap());
        assert_eq!(created.status, 201, "{}", created.body);
    };

    let mut sockets = Vec::new();
    for number in 0..SOCKETS {
        let last = u8::try_from(2 + number % ADDRESSES).unwrap();
        sockets.push(connect(address, Ipv4Addr::new(127, 0, 0, last)).await);
    }
    create_succeeds();
    for (number, socket) in sockets.iter_mut().enumerate() {
        // The server may have closed the oldest connections to make room.
        let sent = socket.write_all(b"GET /healthz HTTP/1.1\r\na: ");
        assert!(sent.is_ok() || number < ADDRESSES, "{number}");
    }
    create_succeeds();
    // A new connection of a client at its limit replaces the client's oldest connection.
    drop(connect(address, Ipv4Addr::new(127, 0, 0, 2)).await);
    create_succeeds();

    let metrics = server.watcher().get("/metrics").body;
    let made_room = "users_http_connections_closed_total{reason=\"made_room\"} ";
    let (_, made_room) = metrics.split_once(made_room).unwrap();
    assert!(!made_room.starts_with('0'), "{metrics}");
    assert!(metrics.contains("users_http_connections_refused_total 0\n"), "{metrics}");
}

/// A file that is prepared once for all clients is prepared by one thread, even if many clients request it meanwhile.
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
    assert!(more < BURST / 4, "{more} additional threads");
}
