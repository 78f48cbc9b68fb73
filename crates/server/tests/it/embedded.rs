//! The default start: nothing configured.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::process::{ScratchDir, Server, lines, run};

#[test]
fn the_first_start_prints_a_key_that_works_and_no_later_start_does() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    let key = server.first_key();
    let printed = server.printed().join("\n");
    assert!(
        printed.contains("curl ") && printed.contains(&key),
        "{printed}"
    );
    let created = server
        .client(&key)
        .post("/v3/users/create/", &json!({"vendor_data": "ada"}));
    assert_eq!(created.status, 201, "{}", created.body);
    assert!(server.stop().success());

    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/ada/").status, 200);
    assert_eq!(server.printed(), Vec::<String>::new());
    assert!(server.stop().success());
}

#[test]
fn a_killed_server_leaves_nothing_that_keeps_the_next_one_from_starting() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let mut server = Server::start(&environment);
    let key = server.first_key();
    let created = server
        .client(&key)
        .post("/v3/users/create/", &json!({"vendor_data": "ada"}));
    assert_eq!(created.status, 201, "{}", created.body);
    server.signal(Signal::SIGKILL);
    assert!(!server.wait().success());

    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/ada/").status, 200);
}

#[test]
fn a_server_whose_cluster_is_gone_ends_so_that_somebody_starts_it_again() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let mut server = Server::start(&environment);
    let key = server.first_key();
    kill(postmaster_below(dir.path()), Signal::SIGKILL).unwrap();
    assert_eq!(server.wait().code(), Some(1));

    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/").status, 200);
}

/// The process that the cluster's own lock file names.
fn postmaster_below(data_dir: &Path) -> Pid {
    let mut places = vec![data_dir.to_owned()];
    while let Some(place) = places.pop() {
        if let Ok(lock) = fs::read_to_string(place.join("postmaster.pid")) {
            return Pid::from_raw(lock.lines().next().unwrap().parse().unwrap());
        }
        let below = fs::read_dir(place).into_iter().flatten();
        places.extend(
            below
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_dir()),
        );
    }
    panic!("no cluster runs below {}", data_dir.display());
}

#[test]
fn the_data_directory_belongs_to_one_server_and_commands_use_its_cluster() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    let second = run(&environment, &["serve"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another users-server"));

    let created = run(
        &environment,
        &["key", "create", "--role", "READER", "--name", "a reader"],
    );
    let key = lines(&created).concat();
    assert_eq!(server.client(&key).get("/v3/users/").status, 200);
    assert_eq!(
        server
            .client(&key)
            .post("/v3/users/create/", &json!({"vendor_data": "x"}))
            .status,
        403
    );
    assert!(server.stop().success());

    // The same without a server: the command starts the cluster for itself.
    let listed = lines(&run(&environment, &["key", "list"])).join("\n");
    assert!(
        listed.contains("a reader") && !listed.contains(&key),
        "{listed}"
    );
}
