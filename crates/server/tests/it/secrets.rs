//! Tests of changing the secret key.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::process::{ScratchDir, Server, lines, refusal, run};
use crate::receiver::Receiver;
use crate::shared_database::{SECRET, SharedDatabase};
use crate::webhooks::{OPENED, create_user, destination};

const NEW_SECRET: &str = "Ck9kTXyNGHqIo7oDRc5z7DWQzJnBj8JkQ1F6v3S0kYs=";
const OTHER_SECRET: &str = "1nO2bJmWJm2uQp0oXz0rJb3m3c7lYQyqkqv6y1W4t5E=";

#[test]
fn resealed_secrets_sign_as_before() {
    let database = SharedDatabase::new();
    let environment = [&database.environment()[..], &OPENED].concat();
    let with = |secrets: &[(&'static str, &'static str)]| {
        let others = environment.iter().filter(|(name, _)| *name != "SECRET_KEY");
        others.chain(secrets).copied().collect::<Vec<_>>()
    };
    let server = Server::start_api(&environment);
    let key = database.owner_key();
    let receiver = Receiver::start();
    let created = destination(&server.client(&key), &receiver.url);
    assert!(server.stop().success());

    let rotated = with(&[("SECRET_KEY", NEW_SECRET), ("SECRET_KEYS_PREVIOUS", SECRET)]);
    let reseal = || lines(&run(&rotated, &["secrets", "reseal"]));
    assert_eq!(reseal(), ["1 of 1 secrets were resealed"]);
    assert_eq!(reseal(), ["0 of 1 secrets were resealed"]);

    let server = Server::start(&with(&[("SECRET_KEY", NEW_SECRET)]));
    create_user(&server.client(&key), "ada");
    assert!(receiver.next().is_signed_with(created["standard_secret"].as_str().unwrap()));
    assert!(server.stop().success());

    let refused = run(&with(&[("SECRET_KEY", OTHER_SECRET)]), &["secrets", "reseal"]);
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(text.contains("1 secrets cannot be opened"), "{text}");
}

#[test]
fn a_server_without_the_keys_of_its_database_does_not_start() {
    let database = SharedDatabase::new();
    assert!(Server::start_api(&database.environment()).stop().success());
    let mut environment = database.environment().to_vec();
    for (name, value) in &mut environment {
        if *name == "SECRET_KEY" {
            *value = OTHER_SECRET;
        }
    }
    environment.push(("WEBHOOK_EVENT_RETENTION_DAYS", "90"));
    let log = refusal(&environment);
    assert!(log.contains("SECRET_KEY") && log.contains("secret.key"), "{log}");
    // The last step of a migration has not run.
    let untouched = "DO $$ BEGIN ASSERT (SELECT days <> 90 FROM event_retention); END $$";
    let mut owner = PgConnection::establish(&database.owner_url).unwrap();
    owner.batch_execute(untouched).unwrap();

    let own = ScratchDir::new();
    let environment = [("DATA_DIR", own.text())];
    assert!(Server::start(&environment).stop().success());
    let key_file = own.path().join("secret.key");
    let renamed = own.path().join("renamed");
    std::fs::rename(&key_file, &renamed).unwrap();
    let log = refusal(&environment);
    assert!(log.contains("secret.key"), "{log}");
    assert!(!key_file.exists(), "the lost key file was replaced by a new one");
    std::fs::rename(&renamed, &key_file).unwrap();
    assert!(Server::start(&environment).stop().success());
}

/// The database is like one after an upgrade from a version that did not check keys.
#[test]
fn a_wrong_key_is_rejected_even_without_a_check_word() {
    let database = SharedDatabase::new();
    let environment = [&database.environment()[..], &OPENED].concat();
    let server = Server::start_api(&environment);
    let key = database.owner_key();
    let receiver = Receiver::start();
    destination(&server.client(&key), &receiver.url);
    assert!(server.stop().success());
    let mut owner = PgConnection::establish(&database.owner_url).unwrap();
    owner.batch_execute("DELETE FROM key_check").unwrap();

    let mut wrong = environment.clone();
    for (name, value) in &mut wrong {
        if *name == "SECRET_KEY" {
            *value = OTHER_SECRET;
        }
    }
    let log = refusal(&wrong);
    assert!(log.contains("SECRET_KEY"), "{log}");
    assert!(Server::start_api(&environment).stop().success());
}
