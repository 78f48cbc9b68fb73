//! Which cursors open, and which are rejected.

use key_ring::{Purpose, Secret};
use users_domain::model::TimeRange;
use uuid::Uuid;

use super::*;
use crate::endpoints::users::list::parameters::{
    MAX_METADATA_FILTERS, MAX_METADATA_KEY_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS, MAX_TAGS,
    MAX_VENDOR_DATA_BYTES,
};

const APPLICATION: ApplicationId = ApplicationId::new(Uuid::from_u128(1));

fn ring() -> KeyRing {
    KeyRing::new(Secret::generate().unwrap(), Vec::new())
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros).unwrap()
}

fn range(from: Option<i64>, before: Option<i64>) -> TimeRange {
    TimeRange {
        from: from.map(time),
        before: before.map(time),
    }
}

/// Every filter at its limit, with the characters that take the most bytes.
fn largest() -> Cursor {
    let wide = |characters| "\u{10ffff}".repeat(characters);
    let escaped = |characters: usize| "\u{1}".repeat(characters);
    let key = escaped(MAX_METADATA_KEY_CHARACTERS - 1);
    let metadata = |index| {
        (
            format!("{index}{key}"),
            escaped(MAX_METADATA_VALUE_CHARACTERS),
        )
    };
    let longest = "\"".repeat(MAX_VENDOR_DATA_BYTES / 5 - 1);
    let names = ["a", "b", "c", "d", "e"].map(|letter| format!("{letter}{longest}"));
    let names = names
        .into_iter()
        .map(|name| VendorData::parse(name).unwrap());
    let names: Vec<_> = names.collect();
    let tag = |index| TagName::parse(format!("{index}{}", wide(63))).unwrap();
    Cursor {
        order: UserOrder::parse("-display_name").unwrap(),
        direction: Direction::Before,
        position: Position {
            key: SortKey::Name(Some("x".repeat(2000))),
            id: UserId::new(Uuid::max()),
        },
        filter: UserFilter {
            statuses: UserStatus::ALL.to_vec(),
            search: Some(SearchTerm::parse(&"\u{fdfa}".repeat(200)).unwrap()),
            vendor_data: names,
            email: Email::parse(format!("{}@x", "\"".repeat(252))).ok(),
            phone: PhoneDigits::of(&"1".repeat(32)),
            country: Some(CountryCode::parse("ES").unwrap()),
            tags: (0..MAX_TAGS).map(tag).collect(),
            metadata: MetadataFilter::group((0..MAX_METADATA_FILTERS).map(metadata).collect()),
            created: range(Some(i64::from(i32::MIN)), Some(0)),
            updated: range(None, Some(1)),
            last_activity: range(Some(2), None),
        },
    }
}

fn plain(key: SortKey, order: &str) -> Cursor {
    Cursor {
        order: UserOrder::parse(order).unwrap(),
        direction: Direction::After,
        position: Position {
            key,
            id: UserId::new(Uuid::from_u128(7)),
        },
        filter: UserFilter::default(),
    }
}

fn by_match(exact: bool) -> Cursor {
    Cursor {
        order: UserOrder::BEST_MATCH,
        ..plain(SortKey::Match(exact, Some(time(1))), "created_at")
    }
}

#[test]
fn a_sealed_cursor_opens() {
    let keys = ring();
    for cursor in [
        largest(),
        plain(SortKey::Time(None), "-last_session_at"),
        plain(SortKey::Time(Some(time(-1))), "created_at"),
        plain(SortKey::Name(None), "display_name"),
        by_match(true),
        by_match(false),
    ] {
        let text = cursor.seal(&keys, APPLICATION).unwrap();
        assert!(text.len() <= MAX_CHARACTERS, "{} characters", text.len());
        assert_eq!(Cursor::open(&text, &keys, APPLICATION), Ok(cursor));
    }
}

#[test]
fn a_cursor_without_filters_is_short() {
    let cursor = plain(
        SortKey::Time(Some(time(1_767_225_600_000_000))),
        "created_at",
    );
    let text = cursor.seal(&ring(), APPLICATION).unwrap();
    assert!(text.len() <= 220, "{} characters", text.len());
}

#[test]
fn another_application_cannot_open_a_cursor() {
    let keys = ring();
    let text = largest().seal(&keys, APPLICATION).unwrap();
    let other = ApplicationId::new(Uuid::from_u128(2));
    assert_eq!(Cursor::open(&text, &keys, other), Err(InvalidCursor));
}

#[test]
fn a_cursor_opens_after_rotation_until_the_secret_is_removed() {
    let (old, new) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let cursor = plain(SortKey::Time(None), "created_at");
    let text = cursor
        .seal(&KeyRing::new(old.clone(), Vec::new()), APPLICATION)
        .unwrap();
    let rotated = KeyRing::new(new.clone(), vec![old]);
    assert_eq!(Cursor::open(&text, &rotated, APPLICATION), Ok(cursor));
    let removed = KeyRing::new(new, Vec::new());
    assert_eq!(
        Cursor::open(&text, &removed, APPLICATION),
        Err(InvalidCursor)
    );
}

#[test]
fn cursors_of_another_version_or_purpose_are_rejected() {
    let keys = ring();
    let sealed = |purpose, plain: &str| {
        keys.seal_text(purpose, plain.as_bytes(), APPLICATION.uuid().as_bytes())
            .unwrap()
    };
    let id = Uuid::from_u128(7).simple();
    let good = format!(r#"{{"v":1,"o":"created_at","b":false,"k":{{"t":0}},"i":"{id}"}}"#);
    let open = |text: &str| Cursor::open(text, &keys, APPLICATION);
    assert!(open(&sealed(Purpose::Cursor, &good)).is_ok());
    assert_eq!(open(&sealed(Purpose::Session, &good)), Err(InvalidCursor));
    for (from, to) in [
        ("\"v\":1", "\"v\":3"),
        ("created_at", "age"),
        ("\"t\":0", "\"n\":null"),
        ("\"t\":0", "\"m\":[true,0]"),
        ("created_at", "-best_match"),
        ("created_at", "best_match"),
        ("\"t\":0", "\"t\":\"0\""),
        ("}", ""),
    ] {
        let bad = good.replace(from, to);
        assert_eq!(
            open(&sealed(Purpose::Cursor, &bad)),
            Err(InvalidCursor),
            "{bad}"
        );
    }
}

#[test]
fn an_overlong_cursor_is_rejected() {
    let text = "A".repeat(MAX_CHARACTERS + 1);
    assert_eq!(
        Cursor::open(&text, &ring(), APPLICATION),
        Err(InvalidCursor)
    );
}
