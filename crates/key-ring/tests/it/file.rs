//! Tests of the key file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use key_ring::{KeyFileError, KeyRing, Purpose};

use crate::secret;

/// A new directory for one test, below cargo's directory for temporary test files.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("key-ring-{}-{test}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_is_created_once_for_its_owner_and_read_again() {
    let directory = directory("made");
    let path = directory.join("secret.key");
    let sealed =
        KeyRing::from_file_or_create(&path).unwrap().seal(Purpose::Cursor, b"x", b"").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let again = KeyRing::from_file_or_create(&path).unwrap();
    assert_eq!(again.open(Purpose::Cursor, &sealed, b"").unwrap(), b"x");
    let names: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["secret.key"], "no draft is left");
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn concurrent_starts_use_the_same_file() {
    let directory = directory("rivals");
    let path = directory.join("secret.key");
    let ids: Vec<_> = std::thread::scope(|scope| {
        let starters: Vec<_> =
            (0..8).map(|_| scope.spawn(|| KeyRing::from_file_or_create(&path).unwrap())).collect();
        starters.into_iter().map(|starter| format!("{:?}", starter.join().unwrap())).collect()
    });
    assert!(ids.iter().all(|id| Some(id) == ids.first()), "{ids:?}");
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn the_first_line_is_current_and_the_others_are_previous() {
    let directory = directory("lines");
    let path = directory.join("secret.key");
    write(&path, &format!("{}\n\n{}\n", *secret(2).expose_text(), *secret(1).expose_text()), 0o600);
    let ring = KeyRing::from_file(&path).unwrap();
    assert_eq!(format!("{ring:?}"), format!("{:?}", KeyRing::new(secret(2), vec![secret(1)])));
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn an_invalid_key_file_is_rejected_and_left_unchanged() {
    let directory = directory("refused");
    let path = directory.join("secret.key");
    let good = format!("{}\n", *secret(1).expose_text());

    write(&path, &good, 0o640);
    assert!(matches!(KeyRing::from_file_or_create(&path), Err(KeyFileError::TooOpen(_))));
    write(&path, "\n", 0o600);
    assert!(matches!(KeyRing::from_file_or_create(&path), Err(KeyFileError::Empty(_))));
    write(&path, &good.repeat(1000), 0o600);
    assert!(matches!(KeyRing::from_file_or_create(&path), Err(KeyFileError::TooLarge(_))));

    let bad = format!("{good}swordfish\n");
    write(&path, &bad, 0o600);
    let error = KeyRing::from_file_or_create(&path).unwrap_err();
    assert!(matches!(error, KeyFileError::Secret { line: 2, .. }), "{error:?}");
    assert!(!error.to_string().contains("swordfish"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), bad);

    let missing = directory.join("absent").join("secret.key");
    let error = KeyRing::from_file_or_create(&missing).unwrap_err();
    assert!(matches!(error, KeyFileError::Io { action: "create", .. }), "{error:?}");
    fs::remove_dir_all(directory).unwrap();
}
