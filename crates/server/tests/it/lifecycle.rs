//! Stopping without losing a request.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::process::{ScratchDir, Server};

#[test]
fn a_request_that_runs_when_the_service_is_told_to_stop_is_finished() {
    let dir = ScratchDir::new();
    let mut server = Server::start(&[("DATA_DIR", dir.text())]);
    let key = server.first_key();
    let address = server.address().to_owned();
    let body = r#"{"vendor_data": "ada"}"#;

    let mut running = TcpStream::connect(&address).unwrap();
    running
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        running,
        "POST /v3/users/create/ HTTP/1.1\r\nhost: {address}\r\nx-api-key: {key}\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    let mut interim = [0; 25];
    running.read_exact(&mut interim).unwrap();
    assert!(
        interim.starts_with(b"HTTP/1.1 100"),
        "the handler has begun"
    );

    server.signal(Signal::SIGTERM);
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "the service still accepts");
    }
    running.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
}
