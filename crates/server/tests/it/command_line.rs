//! Configuration and keys from the command line.

use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::process::{ScratchDir, Server, full, lines, run, users_server};
use crate::shared_database::{SECRET, SharedDatabase};

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
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["no_such_key", "listen_addr", "DATABASE_POOL_SIZE", "secret_key"] {
        assert!(text.to_lowercase().contains(&part.to_lowercase()), "{part} in {text}");
    }
}

#[test]
fn check_config_and_serve_reject_the_same_settings() {
    let dir = ScratchDir::new();
    let data = dir.path().join("data");
    let own = ("DATA_DIR", data.to_str().unwrap());
    let remote = ("SECRET_KEY", SECRET);
    std::fs::create_dir_all(data.join("postgres")).unwrap();
    for (environment, text) in [
        ([("DATA_DIR", "/dev/null"), ("LOG_LEVEL", "info")], "/dev/null/"),
        ([("DATA_DIR", "/dev/null/x"), ("LOG_LEVEL", "info")], "/dev/null/x"),
        ([("DATA_DIR", dir.text()), ("PG_BIN_DIR", "/nowhere")], "there is no /nowhere/postgres"),
        // A cluster without its key file.
        ([own, ("LOG_LEVEL", "info")], "secret.key is missing"),
        ([("DATABASE_URL", "postgres://h/d?sslmode=banana"), remote], "sslmode"),
        ([("DATABASE_URL", "postgres://h/d?foo="), remote], "query parameter"),
    ] {
        for command in ["check-config", "serve"] {
            let refused = run(&environment, &[command]);
            let log = String::from_utf8(refused.stderr).unwrap();
            assert_ne!(refused.status.code(), Some(0), "{command} {environment:?}");
            assert!(log.contains(text), "{command} {environment:?}: {log}");
        }
    }
}

#[test]
fn check_config_shows_the_sources_of_values_and_no_secret() {
    let secret = "R3QqtTfz7CxrWWw0ilMle1Zan6M851cfr32LAGcyf0Q=";
    let output = run(
        &[("DATABASE_URL", "postgres://someone:hush@localhost/users"), ("SECRET_KEY", secret)],
        &["check-config"],
    );
    let text = lines(&output).join("\n");
    assert!(text.contains("SECRET_KEY") || text.contains("secret_key"), "{text}");
    assert!(!text.contains("hush") && !text.contains(secret), "{text}");
}

#[test]
fn the_bootstrap_key_is_created_once_and_never_revived() {
    let dir = ScratchDir::new();
    let key = format!("sk_live_{}", "b".repeat(43));
    let environment = [("DATA_DIR", dir.text()), ("BOOTSTRAP_API_KEY", key.as_str())];
    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/").status, 200);
    assert_eq!(server.printed(), Vec::<String>::new(), "no other first key is created");
    assert!(server.stop().success());

    let listed = lines(&run(&environment, &["key", "list"]));
    let id = listed[1].split('\t').next().unwrap();
    lines(&run(&environment, &["key", "revoke", id]));
    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/").status, 401);
}

#[test]
fn keys_belong_to_their_application_and_can_be_revoked() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    let first = server.client(&server.first_key());
    assert_eq!(first.post("/v3/users/create/", &json!({"vendor_data": "ada"})).status, 201);

    let created = run(
        &environment,
        &["application", "create", "--name", "other", "--environment", "sandbox"],
    );
    let application = lines(&created).concat();
    let owner = ["key", "create", "--role", "OWNER", "--name", "o", "--application", &application];
    let key = lines(&run(&environment, &owner)).concat();
    assert!(key.starts_with("sk_test_"), "{key}");
    let other = server.client(&key);
    assert_eq!(other.get("/v3/users/ada/").status, 404);
    assert_eq!(other.get("/v3/users/").json()["results"], json!([]));
    let id = other.get("/v3/api-keys/").json()[0]["uuid"].clone();
    let id = id.as_str().unwrap();
    let default = "00000000-0000-8000-8000-000000000001";
    let wrong = ["key", "revoke", id, "--application", default];
    assert_eq!(run(&environment, &wrong).status.code(), Some(1));
    let unknown = ["key", "revoke", default];
    assert_eq!(run(&environment, &unknown).status.code(), Some(1));
    lines(&run(&environment, &["key", "rotate", id]));
    lines(&run(&environment, &["key", "revoke", id]));

    let expired =
        ["key", "create", "--role", "READER", "--name", "late", "--expires", "2020-01-01"];
    let refused = run(&environment, &expired);
    assert_eq!(refused.status.code(), Some(1));
    let unknown = run(&environment, &["key", "create", "--role", "KING", "--name", "late"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("COMPLIANCE_OFFICER"));
    let service = run(&environment, &["key", "create", "--kind", "service", "--name", "sessions"]);
    assert_eq!(server.client(&lines(&service).concat()).get("/v3/users/").status, 403);
}

#[test]
fn an_error_that_ends_serve_is_logged_in_the_log_format() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text()), ("PG_BIN_DIR", "/nowhere")];
    let output = run(&environment, &["serve"]);
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    let entries: Vec<serde_json::Value> =
        (log.lines()).map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = entries.last().unwrap();
    assert_eq!(last["level"], "ERROR");
    assert!(last["error"].as_str().unwrap().contains("/nowhere"), "{log}");
}

#[test]
fn only_serve_and_migrate_create_a_database() {
    let dir = ScratchDir::new();
    let data = dir.path().join("data");
    let environment = [("DATA_DIR", data.to_str().unwrap())];
    for arguments in [
        &["key", "create", "--role", "OWNER", "--name", "o"][..],
        &["key", "list"],
        &["application", "list"],
        &["secrets", "reseal"],
        &["verify-counters"],
        &["purge"],
    ] {
        let refused = run(&environment, arguments);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(
            text.contains("there is no database in") && text.contains("DATA_DIR"),
            "{arguments:?}: {text}"
        );
        assert!(!data.exists(), "{arguments:?} created {}", data.display());
    }
    lines(&run(&environment, &["migrate"]));
    lines(&run(&environment, &["key", "list"]));
}

/// Returns the commands of the shell block about production in the runbook, in order, without their comments.
fn production_commands_of_the_runbook() -> Vec<Vec<&'static str>> {
    let text = include_str!("../../../../docs/OPERATIONS.md");
    let (_, production) = text.split_once("\n### Production\n").unwrap();
    let (_, block) = production.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let commands = block.lines().filter_map(|line| line.strip_prefix("users-server "));
    commands.map(|line| line.split('#').next().unwrap().split_whitespace().collect()).collect()
}

#[test]
fn the_production_commands_of_the_runbook_create_a_valid_key() {
    let database = SharedDatabase::empty();
    let environment = database.environment();
    let unmigrated = run(&environment, &["key", "list"]);
    assert!(
        String::from_utf8_lossy(&unmigrated.stderr).contains("users-server migrate"),
        "{unmigrated:?}"
    );
    let commands = production_commands_of_the_runbook();
    let (serve, before) = commands.split_last().unwrap();
    assert_eq!(serve, &["serve"]);
    let printed: Vec<_> =
        before.iter().map(|arguments| lines(&run(&environment, arguments))).collect();
    let key = printed.last().unwrap().concat();
    let server = Server::start(&environment);
    assert_eq!(server.client(&key).get("/v3/users/").status, 200);
}

#[test]
fn output_is_text_or_json_and_an_unshown_key_is_revoked() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    lines(&run(&environment, &["migrate"]));
    let json = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let answer = lines(&run(&environment, &[arguments, &["--json"]].concat()));
        (answer.iter().map(|line| serde_json::from_str(line).unwrap())).collect()
    };
    let create = ["key", "create", "--role", "OWNER", "--name", "o"];
    let created = json(&create);
    let id = created[0]["id"].as_str().unwrap();
    let rotated = json(&["key", "rotate", id, "--grace-minutes", "0"]);
    assert_ne!(rotated[0]["key"], created[0]["key"]);

    let unseen = users_server(&environment).args(create).stdout(full()).output().unwrap();
    assert_eq!(unseen.status.code(), Some(1), "{unseen:?}");
    let keys = json(&["key", "list"]);
    let live = keys.iter().filter(|key| key["revoked_at"].is_null() && key["expires_at"].is_null());
    let live: Vec<_> = live.map(|key| key["id"].clone()).collect();
    assert_eq!(live, [rotated[0]["id"].clone()], "{keys:?}");
    assert_eq!(json(&["application", "list"])[0]["retention_days"], "1825");
    assert_eq!(json(&["application", "list"]).len(), 1);
    assert_eq!(json(&["purge", "--dry-run"])[0]["due"], 0);
    assert_eq!(json(&["verify-counters"])[0]["wrong"], 0);
    assert!(lines(&run(&environment, &["completions", "bash"])).len() > 10);
}

#[test]
fn the_error_that_ends_a_server_is_printed_when_the_log_is_off() {
    for level in ["off", "off,adapter_postgres=debug"] {
        let environment = [
            ("DATABASE_URL", "postgres://role@127.0.0.1:1/users"),
            ("SECRET_KEY", SECRET),
            ("DATABASE_START_TIMEOUT_SECONDS", "0"),
            ("LOG_LEVEL", level),
        ];
        let ended = run(&environment, &["serve"]);
        assert_eq!(ended.status.code(), Some(1));
        let text = String::from_utf8(ended.stderr).unwrap();
        assert!(text.contains("could not be reached"), "{level}: {text}");
    }
}

/// Runs `users-server … >&-`.
fn run_with_closed_output(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let command = users_server(environment);
    let variables = command.get_envs();
    Command::new("sh")
        .env_clear()
        .envs(variables.filter_map(|(name, value)| Some((name, value?))))
        .args(["-c", "exec \"$0\" \"$@\" >&-"])
        .arg(command.get_program())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn no_key_is_created_whose_secret_cannot_be_shown() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    lines(&run(&environment, &["migrate"]));
    let create = ["key", "create", "--role", "OWNER", "--name", "o"];
    lines(&run(&environment, &create));
    let list = || lines(&run(&environment, &["key", "list"]));
    let before = list();
    let id = before[1].split('\t').next().unwrap();
    for arguments in [&create[..], &["key", "rotate", id]] {
        let nowhere = users_server(&environment)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .and_then(std::process::Child::wait_with_output)
            .unwrap();
        for refused in [run_with_closed_output(&environment, arguments), nowhere] {
            let text = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {text}");
            assert!(text.contains("standard output"), "{arguments:?}: {text}");
        }
    }
    assert_eq!(list(), before);
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    for arguments in [
        &["check-config"][..],
        &["completions", "bash"],
        &["--help"],
        &["key", "--help"],
        &["--version"],
    ] {
        let mut command = users_server(&[]);
        let unseen = command.args(arguments).stdout(full()).output().unwrap();
        let text = String::from_utf8(unseen.stderr).unwrap();
        assert_eq!(unseen.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.contains("cannot write"), "{arguments:?}: {text}");
    }
}
