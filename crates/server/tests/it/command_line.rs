//! Configuration and keys from the command line.

use serde_json::json;

use crate::process::{ScratchDir, Server, lines, run};

#[test]
fn check_config_names_every_problem_at_once() {
    let dir = ScratchDir::new();
    let file = dir.path().join("users.toml");
    std::fs::write(&file, "no_such_key = 1\nlisten_addr = \"nowhere\"\n").unwrap();
    let output = run(
        &[
            ("CONFIG_FILE", file.to_str().unwrap()),
            ("DATABASE_POOL_SIZE", "many"),
            ("DATABASE_URL", "postgres://x/y"),
        ],
        &["check-config"],
    );
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in [
        "no_such_key",
        "listen_addr",
        "DATABASE_POOL_SIZE",
        "secret_key",
    ] {
        assert!(
            said.to_lowercase().contains(&part.to_lowercase()),
            "{part} in {said}"
        );
    }
}

#[test]
fn check_config_shows_where_values_come_from_and_no_secret() {
    let secret = "R3QqtTfz7CxrWWw0ilMle1Zan6M851cfr32LAGcyf0Q=";
    let output = run(
        &[
            ("DATABASE_URL", "postgres://someone:hush@localhost/users"),
            ("SECRET_KEY", secret),
        ],
        &["check-config"],
    );
    let said = lines(&output).join("\n");
    assert!(
        said.contains("SECRET_KEY") || said.contains("secret_key"),
        "{said}"
    );
    assert!(!said.contains("hush") && !said.contains(secret), "{said}");
}

#[test]
fn the_bootstrap_key_is_made_once_and_never_revived() {
    let dir = ScratchDir::new();
    let key = format!("sk_live_{}", "b".repeat(43));
    let environment = [
        ("DATA_DIR", dir.text()),
        ("BOOTSTRAP_API_KEY", key.as_str()),
    ];
    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/").status, 200);
    assert_eq!(
        server.printed(),
        Vec::<String>::new(),
        "no other first key is made"
    );
    assert!(server.stop().success());

    let listed = lines(&run(&environment, &["key", "list"]));
    let id = listed[1].split('\t').next().unwrap();
    lines(&run(&environment, &["key", "revoke", id]));
    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/").status, 401);
}

#[test]
fn keys_belong_to_their_application_and_end_when_they_expire() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    let first = server.client(&server.first_key());
    assert_eq!(
        first
            .post("/v3/users/create/", &json!({"vendor_data": "ada"}))
            .status,
        201
    );

    let created = run(
        &environment,
        &[
            "application",
            "create",
            "--name",
            "other",
            "--environment",
            "sandbox",
        ],
    );
    let application = lines(&created).concat();
    let owner = [
        "key",
        "create",
        "--role",
        "OWNER",
        "--name",
        "o",
        "--application",
        &application,
    ];
    let key = lines(&run(&environment, &owner)).concat();
    assert!(key.starts_with("sk_test_"), "{key}");
    let other = server.client(&key);
    assert_eq!(other.get("/v3/users/ada/").status, 404);
    assert_eq!(other.get("/v3/users/").json()["results"], json!([]));

    let expired = [
        "key",
        "create",
        "--role",
        "READER",
        "--name",
        "late",
        "--expires",
        "2020-01-01",
    ];
    let refused = run(&environment, &expired);
    assert_eq!(refused.status.code(), Some(1));
    let unknown = run(
        &environment,
        &["key", "create", "--role", "KING", "--name", "late"],
    );
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("COMPLIANCE_OFFICER"));
    let service = run(
        &environment,
        &["key", "create", "--kind", "service", "--name", "sessions"],
    );
    assert_eq!(
        server
            .client(&lines(&service).concat())
            .get("/v3/users/")
            .status,
        403
    );
}

#[test]
fn a_revocation_reaches_a_running_server_within_seconds() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    let key = lines(&run(
        &environment,
        &["key", "create", "--role", "READER", "--name", "soon gone"],
    ))
    .concat();
    let client = server.client(&key);
    assert_eq!(client.get("/v3/users/").status, 200);
    let listed = lines(&run(&environment, &["key", "list"]));
    let row = listed.iter().find(|row| row.contains("soon gone")).unwrap();
    lines(&run(
        &environment,
        &["key", "revoke", row.split('\t').next().unwrap()],
    ));

    let revoked = std::time::Instant::now();
    while client.get("/v3/users/").status != 401 {
        assert!(revoked.elapsed().as_secs() < 10, "the key still works");
    }
}

#[test]
fn what_ends_serve_is_in_the_form_of_the_log() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text()), ("PG_BIN_DIR", "/nowhere")];
    let output = run(&environment, &["serve"]);
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    let entries: Vec<serde_json::Value> = (log.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = entries.last().unwrap();
    assert_eq!(last["level"], "ERROR");
    assert!(
        last["error"].as_str().unwrap().contains("/nowhere"),
        "{log}"
    );
}
