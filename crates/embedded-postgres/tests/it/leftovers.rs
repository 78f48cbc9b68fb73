//! Files that an earlier process left in the data directory.

use std::fs;

use embedded_postgres::EmbeddedError;

use super::{SHARED, Scratch, kept, number, runs, start};

#[test]
fn a_pid_file_of_a_foreign_process_is_ignored_and_the_process_kept() {
    let scratch = Scratch::with_cluster();
    let options = kept(&scratch.data_dir());
    // A process of the same account, which PostgreSQL itself would take for the server.
    let stranger = SHARED.pid();
    let pid_file = scratch.cluster_dir().join("postmaster.pid");
    fs::write(&pid_file, format!("{stranger}\n{}\n1\n5432\n", scratch.cluster_dir().display()))
        .unwrap();

    let cluster = start(&options).unwrap();
    assert_ne!(cluster.pid(), stranger);
    assert_eq!(number(&cluster.runtime_url(), "1"), 1);
    assert!(runs(stranger));
}

#[test]
fn a_pid_file_cut_off_by_a_crash_is_ignored() {
    let scratch = Scratch::with_cluster();
    let options = kept(&scratch.data_dir());
    fs::write(scratch.cluster_dir().join("postmaster.pid"), "").unwrap();
    assert_eq!(number(&start(&options).unwrap().runtime_url(), "1"), 1);
}

#[test]
fn data_of_another_major_version_is_rejected_by_name() {
    let scratch = Scratch::with_cluster();
    let options = kept(&scratch.data_dir());
    // Too old to be among the usable binaries of any machine.
    fs::write(scratch.cluster_dir().join("PG_VERSION"), "14\n").unwrap();
    let error = start(&options).unwrap_err();
    assert!(matches!(error, EmbeddedError::DataVersion { major: 14, .. }), "{error}");
    assert!(error.to_string().contains("install PostgreSQL 14"), "{error}");
}
