use std::{os::unix::fs::PermissionsExt, process};

use super::*;

fn fake(root: &Path, name: &str, version: &str) -> PathBuf {
    let bin_dir = root.join(name);
    fs::create_dir_all(&bin_dir).unwrap();
    for program in ["postgres", "initdb"] {
        let path = bin_dir.join(program);
        fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin_dir
}

#[test]
fn majors_are_read_from_every_form_of_version() {
    for (text, major) in [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
        ("postgres (PostgreSQL) 18beta1", Some(18)),
        ("postgres (PostgreSQL) 9.6.24", Some(9)),
        ("something else 15", None),
    ] {
        assert_eq!(major_in(text), major, "{text}");
    }
}

#[test]
fn versions_out_of_range_are_skipped_and_reported() {
    let root = env::temp_dir().join(format!("users-binaries-{}", process::id()));
    let dirs =
        [fake(&root, "old", "14.9"), fake(&root, "good", "16.4"), fake(&root, "new", "19.1")];
    let account = Account::for_new_cluster().unwrap();
    let (usable, skipped) = examine(dirs.clone().into_iter(), &account);
    fs::remove_dir_all(&root).unwrap();
    assert_eq!(usable, [Binaries { bin_dir: dirs[1].clone(), major: 16 }]);
    assert!(skipped[0].ends_with("old: version 14 is not one of 15 to 18"), "{skipped:?}");
    assert!(skipped[1].ends_with("new: version 19 is not one of 15 to 18"), "{skipped:?}");
}
