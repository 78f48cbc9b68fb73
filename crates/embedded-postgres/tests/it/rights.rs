//! Roles, privileges and databases.

use std::{fs, os::unix::fs::PermissionsExt};

use diesel::{Connection, PgConnection};
use embedded_postgres::{EmbeddedError, EmbeddedOptions};

use super::{SHARED, Scratch, execute, kept, number, start};

#[test]
fn the_owner_may_create_and_the_runtime_role_may_not() {
    let urls = SHARED.create_database("rights", None).unwrap();
    execute(
        &urls.owner,
        "create extension pg_trgm; create extension btree_gin; create table things (id bigint)",
    )
    .unwrap();
    for forbidden in [
        "create table others (id bigint)",
        "create temporary table others (id bigint)",
        "create schema others",
        "create function f() returns int language sql as 'select 1'",
        "create database others",
        "create role others",
        "drop table things",
        "select * from things",
    ] {
        let error = execute(&urls.runtime, forbidden).unwrap_err().to_string();
        assert!(
            error.contains("permission denied") || error.contains("must be owner"),
            "{forbidden}: {error}"
        );
    }
    execute(&urls.owner, "grant select on things to shop_runtime").unwrap();
    execute(&urls.runtime, "select * from things").unwrap();
    execute(&urls.owner, "create role others").unwrap_err();
}

#[test]
fn wrong_passwords_and_other_databases_are_rejected() {
    let cluster = &*SHARED;
    let urls = cluster.create_database("passwords", None).unwrap();
    let (before, after) = urls.runtime.split_once("shop_runtime:").unwrap();
    let (_, after) = after.split_once('@').unwrap();
    for wrong in ["shop_runtime", "shop_runtime:guess", "shop_superuser", "postgres"] {
        assert!(PgConnection::establish(&format!("{before}{wrong}@{after}")).is_err(), "{wrong}");
    }
    for database in ["postgres", "template1"] {
        let error = PgConnection::establish(&cluster.urls(database).runtime).err().unwrap();
        assert!(error.to_string().contains("permission denied"), "{error}");
    }
}

#[test]
fn a_database_is_copied_from_a_template_and_dropped_under_its_sessions() {
    let cluster = &*SHARED;
    let template = cluster.create_database("a \"template\"", None).unwrap();
    execute(&template.owner, "create table things as select 3 as value").unwrap();
    let copy = cluster.create_database("copy", Some("a \"template\"")).unwrap();
    assert_eq!(number(&copy.owner, "select value from things"), 3);
    execute(&copy.runtime, "create temporary table t (id int)").unwrap_err();

    let _session = PgConnection::establish(&copy.runtime).unwrap();
    cluster.drop_database("copy").unwrap();
    cluster.drop_database("copy").unwrap();
    assert!(PgConnection::establish(&copy.runtime).is_err());
}

#[test]
fn text_is_utf8_and_non_ascii_letters_are_letters() {
    let urls = SHARED.create_database("letters", None).unwrap();
    execute(&urls.owner, "create extension pg_trgm").unwrap();
    let trigrams = number(&urls.owner, "select cardinality(show_trgm('Пётр'))");
    assert!(trigrams >= 4, "{trigrams}");
    let is_utf8 = "select (getdatabaseencoding() = 'UTF8')::int";
    assert_eq!(number(&urls.owner, is_utf8), 1);
}

#[test]
fn every_connection_requires_a_scram_password() {
    let scratch = Scratch::with_cluster();
    let rules = fs::read_to_string(scratch.cluster_dir().join("pg_hba.conf")).unwrap();
    let rules: Vec<_> =
        rules.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(
        !rules.is_empty() && rules.iter().all(|rule| rule.ends_with("scram-sha-256")),
        "{rules:?}"
    );
}

#[test]
fn passwords_are_readable_only_by_the_owner_and_their_loss_is_reported() {
    let scratch = Scratch::with_cluster();
    let options = kept(&scratch.data_dir());
    let credentials = scratch.data_dir().join("postgres.credentials");
    assert_eq!(fs::metadata(&credentials).unwrap().permissions().mode() & 0o777, 0o600);

    fs::remove_file(&credentials).unwrap();
    let error = start(&options).unwrap_err();
    assert!(matches!(error, EmbeddedError::Credentials { .. }), "{error}");
}

#[test]
fn the_name_of_the_database_may_contain_special_characters() {
    let scratch = Scratch::new();
    let options = EmbeddedOptions::throw_away("a Shop/%@:ö", scratch.data_dir());
    let cluster = start(&options).unwrap();
    execute(&cluster.owner_url(), "create table things (id bigint)").unwrap();
    assert_eq!(number(&cluster.runtime_url(), "1"), 1);
}

#[test]
fn missing_extensions_are_reported_by_name() {
    let scratch = Scratch::with_cluster();
    let mut options = kept(&scratch.data_dir());
    options.extensions = vec!["plpgsql".to_owned(), "no_such_extension".to_owned()];
    let error = start(&options).unwrap_err();
    assert!(
        matches!(&error, EmbeddedError::ExtensionsMissing { missing, .. } if missing == "no_such_extension"),
        "{error}"
    );
}
