//! Tests of the embedded cluster and of a start without configuration.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::process::{ScratchDir, Server, full, lines, run, users_server};
use crate::shared_database::SECRET;

#[test]
fn only_the_first_start_prints_a_key() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    let key = server.first_key();
    let printed = server.printed().join("\n");
    assert!(printed.contains("curl ") && printed.contains(&key), "{printed}");
    let created = server.client(&key).post("/v3/users/create/", &json!({"vendor_data": "ada"}));
    assert_eq!(created.status, 201, "{}", created.body);
    assert!(server.stop().success());

    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/ada/").status, 200);
    assert_eq!(server.printed(), Vec::<String>::new());
    assert!(server.stop().success());
}

#[test]
fn a_server_starts_after_its_predecessor_was_killed() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let mut server = Server::start(&environment);
    let key = server.first_key();
    let created = server.client(&key).post("/v3/users/create/", &json!({"vendor_data": "ada"}));
    assert_eq!(created.status, 201, "{}", created.body);
    server.signal(Signal::SIGKILL);
    assert!(!server.wait().success());

    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/ada/").status, 200);
}

#[test]
fn a_server_whose_cluster_ended_exits_and_can_be_restarted() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let mut server = Server::start(&environment);
    let key = server.first_key();
    kill(postmaster_below(dir.path()), Signal::SIGKILL).unwrap();
    assert_eq!(server.wait().code(), Some(1));

    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/").status, 200);
}

#[test]
fn child_processes_get_no_secrets_and_libpq_variables_are_ignored() {
    let dir = ScratchDir::new();
    let bootstrap = format!("sk_live_{}", "b".repeat(42) + "A");
    let secrets = [("SECRET_KEY", SECRET), ("BOOTSTRAP_API_KEY", &bootstrap)];
    let of_libpq = [
        ("PGSERVICE", "no-such-service"),
        ("PGOPTIONS", "-c no_such_setting=1"),
        ("PGHOST", "192.0.2.1"),
        ("PGSSLMODE", "verify-full"),
        ("PGREQUIREAUTH", "none"),
    ];
    let place = [("DATA_DIR", dir.text())];
    let server = Server::start(&[&place[..], &secrets, &of_libpq].concat());

    let own = environment_of(server.pid());
    assert!(own.contains(SECRET) && own.contains(&bootstrap));
    let started = children_of(server.pid());
    assert!(started.contains(&postmaster_below(dir.path())));
    assert!(started.len() > 1, "the watchdog runs");
    for child in started {
        let environment = environment_of(child);
        assert!(environment.contains("PATH="), "{environment:?}");
        for (name, value) in secrets {
            let is_present = environment.contains(name) || environment.contains(value);
            assert!(!is_present, "{name} is in {environment:?}");
        }
    }
    assert!(server.stop().success());
}

fn environment_of(process: Pid) -> String {
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap();
    String::from_utf8_lossy(&environment).into_owned()
}

fn children_of(process: Pid) -> Vec<Pid> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    // A thread may end meanwhile.
    let children =
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    let children: Vec<String> = children.collect();
    let ids = children.iter().flat_map(|ids| ids.split_whitespace());
    ids.map(|id| Pid::from_raw(id.parse().unwrap())).collect()
}

/// Returns the process id in the cluster's lock file.
pub(crate) fn postmaster_below(data_dir: &Path) -> Pid {
    let mut places = vec![data_dir.to_owned()];
    while let Some(place) = places.pop() {
        if let Ok(lock) = fs::read_to_string(place.join("postmaster.pid")) {
            return Pid::from_raw(lock.lines().next().unwrap().parse().unwrap());
        }
        let below = fs::read_dir(place).into_iter().flatten();
        places.extend(below.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
    }
    panic!("no cluster runs below {}", data_dir.display());
}

#[test]
fn one_server_owns_the_data_directory_and_commands_use_its_cluster() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    let second = run(&environment, &["serve"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another users-server"));

    let created = run(&environment, &["key", "create", "--role", "READER", "--name", "a reader"]);
    let key = lines(&created).concat();
    assert_eq!(server.client(&key).get("/v3/users/").status, 200);
    assert_eq!(
        server.client(&key).post("/v3/users/create/", &json!({"vendor_data": "x"})).status,
        403
    );
    assert!(server.stop().success());

    // Without a server, the command starts the cluster itself.
    let listed = lines(&run(&environment, &["key", "list"])).join("\n");
    assert!(listed.contains("a reader") && !listed.contains(&key), "{listed}");
}

#[test]
fn a_first_key_that_could_not_be_shown_is_revoked() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text()), ("LISTEN_ADDR", "127.0.0.1:0")];
    let mut serve = users_server(&environment);
    let ended = serve.arg("serve").stdout(full()).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(log.contains("it was revoked"), "{log}");
    let list = lines(&run(&environment, &["key", "list", "--json"]));
    let key: serde_json::Value = serde_json::from_str(&list[0]).unwrap();
    assert!(!key["revoked_at"].is_null(), "{list:?}");
}
