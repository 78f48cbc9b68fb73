//! Paths that are long, unusual, inaccessible or in use.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
};

use embedded_postgres::{EmbeddedError, EmbeddedOptions, Listen};
use nix::unistd::geteuid;

use super::{Scratch, brief, copy_cluster, execute, kept, number, start};

#[test]
fn a_path_too_long_for_a_socket_gets_a_temporary_short_one() {
    let scratch = Scratch::new();
    let data_dir = scratch.0.join("long".repeat(30));
    copy_cluster(&data_dir);
    let cluster = start(&brief(&data_dir)).unwrap();
    let url = cluster.runtime_url();
    assert_eq!(number(&url, "1"), 1);
    let (_, socket_dir) = url.split_once("?host=").unwrap();
    let socket_dir = PathBuf::from(socket_dir.split('&').next().unwrap());
    assert_eq!(fs::metadata(&socket_dir).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!socket_dir.starts_with(&data_dir));
    cluster.stop().unwrap();
    assert!(!socket_dir.exists());
}

#[test]
fn loopback_works_instead_of_a_socket() {
    let scratch = Scratch::with_cluster();
    let options = EmbeddedOptions { listen: Listen::Loopback, ..brief(scratch.data_dir()) };
    let cluster = start(&options).unwrap();
    assert!(cluster.runtime_url().contains("@127.0.0.1:"));
    assert_eq!(number(&cluster.runtime_url(), "1"), 1);
}

#[test]
fn unusual_characters_in_the_path_work() {
    let scratch = Scratch::new();
    for (name, socket_inside) in [("wéird \"dir' %41 & $HOME", true), ("a, b", false)] {
        copy_cluster(&scratch.0.join(name));
        let cluster = start(&kept(&scratch.0.join(name))).unwrap();
        let url = cluster.runtime_url();
        assert_eq!(url.contains("embedded-it"), socket_inside, "{name}");
        assert_eq!(number(&url, "1"), 1, "{name}");
    }
}

#[test]
fn one_data_directory_serves_one_owner() {
    let scratch = Scratch::with_cluster();
    let options = brief(scratch.data_dir());
    let _first = start(&options).unwrap();
    let error = start(&options).unwrap_err();
    assert!(matches!(error, EmbeddedError::InUse(_)), "{error}");
}

/// For root, the cluster's account cannot enter the directory and another location is chosen; other users are
/// unaffected.
#[test]
fn a_data_directory_in_a_private_home_works() {
    let scratch = Scratch::new();
    fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o700)).unwrap();
    let options = kept(&scratch.data_dir());
    let first = start(&options).unwrap();
    execute(&first.owner_url(), "create table kept as select 7 as value").unwrap();
    first.stop().unwrap();
    let pointer = scratch.data_dir().join("postgres.location");
    let base = match fs::read_to_string(&pointer) {
        Ok(base) => PathBuf::from(base.trim_end()),
        Err(_) => scratch.data_dir(),
    };
    assert_eq!(
        base.starts_with("/var/lib/embedded-postgres"),
        geteuid().is_root(),
        "{}",
        base.display()
    );
    assert!(base.join("postgres/PG_VERSION").exists());

    let second = start(&options).unwrap();
    assert_eq!(number(&second.owner_url(), "select value from kept"), 7);

    // A copy of the data directory points at the same cluster and must not share it.
    if geteuid().is_root() {
        let copy = scratch.0.join("copy");
        fs::create_dir(&copy).unwrap();
        fs::copy(&pointer, copy.join("postgres.location")).unwrap();
        assert!(matches!(start(&kept(&copy)).unwrap_err(), EmbeddedError::InUse(_)));
    }
    second.stop().unwrap();
    remove_outside(&base, &scratch);
}

fn remove_outside(base: &Path, scratch: &Scratch) {
    if !base.starts_with(&scratch.0) {
        fs::remove_dir_all(base).unwrap();
    }
}

/// For root: the account that created the cluster may differ from the one that would be chosen now.
#[test]
fn a_cluster_runs_as_the_owner_of_its_files() {
    let scratch = Scratch::with_cluster();
    if geteuid().is_root() {
        let owned =
            Command::new("chown").args(["-R", "nobody"]).arg(scratch.cluster_dir()).status();
        assert!(owned.unwrap().success());
    }
    let owner = fs::metadata(scratch.cluster_dir()).unwrap().uid();
    let cluster = start(&kept(&scratch.data_dir())).unwrap();
    let pid_file = scratch.cluster_dir().join("postmaster.pid");
    assert_eq!(fs::metadata(pid_file).unwrap().uid(), owner);
    assert_eq!(number(&cluster.runtime_url(), "1"), 1);
}

/// An inaccessible cluster must not be replaced by an empty one elsewhere.
#[test]
fn an_inaccessible_cluster_is_not_replaced() {
    let scratch = Scratch::with_cluster();
    fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o700)).unwrap();
    match start(&kept(&scratch.data_dir())) {
        Ok(cluster) => assert_eq!(number(&cluster.runtime_url(), "1"), 1),
        Err(error) => {
            assert!(geteuid().is_root());
            assert!(matches!(error, EmbeddedError::OutOfReach { .. }), "{error}");
        }
    }
    assert!(!scratch.data_dir().join("postgres.location").exists());
}
