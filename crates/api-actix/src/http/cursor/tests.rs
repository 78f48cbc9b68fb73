use key_ring::Secret;
use testkit::base_time;

use super::*;

fn ring() -> KeyRing {
    KeyRing::new(Secret::generate().unwrap(), Vec::new())
}

fn cursor() -> Cursor<RowAt> {
    Cursor {
        place: RowAt::new(base_time(), Uuid::from_u128(7)),
        parameters: vec![("status".to_owned(), "ACTIVE".to_owned())],
    }
}

fn scope<'a>(keys: &'a KeyRing, application: u128, list: &str, part: &str) -> Scope<'a> {
    let application = ApplicationId::new(Uuid::from_u128(application));
    Scope::new(keys, application, list, part.as_bytes())
}

#[test]
fn a_cursor_opens_only_for_its_list_and_owner() {
    let keys = ring();
    let scopes = [
        (1, "activity", "ada"),
        (1, "activity", "bob"),
        (1, "activity", ""),
        (2, "activity", "ada"),
        (1, "audit log", ""),
        (1, "activityada", ""),
    ];
    for (index, (application, list, part)) in scopes.into_iter().enumerate() {
        let sealed = cursor().seal(&scope(&keys, application, list, part)).unwrap();
        for (other, (application, list, part)) in scopes.into_iter().enumerate() {
            let opened = Cursor::open(&sealed, &scope(&keys, application, list, part));
            assert_eq!(opened, (index == other).then(cursor), "{list} {part}");
        }
    }
}

#[test]
fn a_cursor_opens_after_rotation_until_the_secret_is_removed() {
    let (old, new) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let former = KeyRing::new(old.clone(), Vec::new());
    let text = cursor().seal(&scope(&former, 1, "users", "")).unwrap();
    let rotated = KeyRing::new(new.clone(), vec![old]);
    let removed = KeyRing::new(new, Vec::new());
    let open = |keys| Cursor::open(&text, &scope(keys, 1, "users", ""));
    assert_eq!(open(&rotated), Some(cursor()));
    assert_eq!(open(&removed), None::<Cursor<RowAt>>);
}

#[test]
fn other_texts_versions_and_purposes_are_rejected() {
    let keys = ring();
    let scope = scope(&keys, 1, "users", "");
    let sealed = |purpose, plain: &str| {
        let data = &scope.associated_data;
        keys.seal_text(purpose, plain.as_bytes(), data).unwrap()
    };
    let open = |text: &str| Cursor::<RowAt>::open(text, &scope);
    let good = serde_json::to_string(&(VERSION, cursor())).unwrap();
    assert_eq!(open(&sealed(Purpose::Cursor, &good)), Some(cursor()));
    let other_version = serde_json::to_string(&(VERSION + 1, cursor())).unwrap();
    for text in [
        String::new(),
        "x".to_owned(),
        "A".repeat(64 * 1024),
        sealed(Purpose::Sealing, &good),
        sealed(Purpose::Cursor, &other_version),
        sealed(Purpose::Cursor, "{}"),
    ] {
        assert_eq!(open(&text), None);
    }
}
