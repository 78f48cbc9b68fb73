//! Which cursors of users open, and which are rejected.

use key_ring::{KeyRing, Secret};
use users_domain::model::{
    ApplicationId, CountryCode, Email, MetadataFilter, PhoneDigits, Position, SearchTerm, SortKey,
    TagName, TimeRange, Timestamp, UserFilter, UserId, UserOrder, UserStatus, VendorData,
};
use uuid::Uuid;

use super::parameters::{
    MAX_METADATA_FILTERS, MAX_METADATA_KEY_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS, MAX_TAGS,
    MAX_VENDOR_DATA_BYTES,
};
use super::place::Direction;
use super::*;
use crate::http::cursor::Cursor;
use crate::http::error::{FieldErrors, messages};

const APPLICATION: ApplicationId = ApplicationId::new(Uuid::from_u128(1));

fn ring() -> KeyRing {
    KeyRing::new(Secret::generate().unwrap(), Vec::new())
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros).unwrap()
}

fn range(from: Option<i64>, before: Option<i64>) -> TimeRange {
    TimeRange { from: from.map(time), before: before.map(time) }
}

fn position(key: SortKey) -> Position {
    Position { key, id: UserId::new(Uuid::from_u128(7)) }
}

fn ordered(order: &str) -> Selection {
    Selection { order: UserOrder::parse(order).ok(), filter: UserFilter::default() }
}

fn searching() -> Selection {
    let search = SearchTerm::parse("ada").ok();
    Selection { order: None, filter: UserFilter { search, ..UserFilter::default() } }
}

/// Every filter at its limit, with the characters that take the most bytes.
fn largest() -> Selection {
    let wide = |characters| "\u{10ffff}".repeat(characters);
    let escaped = |characters: usize| "\u{1}".repeat(characters);
    // An ending that clients use to mark lists.
    let key = escaped(MAX_METADATA_KEY_CHARACTERS - 3);
    let metadata = |index| (format!("{index}{key}[]"), escaped(MAX_METADATA_VALUE_CHARACTERS));
    let longest = "\"".repeat(MAX_VENDOR_DATA_BYTES / 5 - 1);
    let names = ["a", "b", "c", "d", "e"].map(|letter| format!("{letter}{longest}"));
    let names = names.into_iter().map(|name| VendorData::parse(name).unwrap());
    let tag = |index| TagName::parse(format!("{index}{}", wide(63))).unwrap();
    let mut statuses = UserStatus::ALL.to_vec();
    statuses.sort();
    Selection {
        order: UserOrder::parse("-display_name").ok(),
        filter: UserFilter {
            statuses,
            search: Some(SearchTerm::parse(&"\u{fdfa}".repeat(200)).unwrap()),
            vendor_data: names.collect(),
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

fn sealed(selection: &Selection, position: Position, keys: &KeyRing) -> String {
    let cursor = Cursor {
        place: Place::new(Direction::Before, position),
        parameters: selection.parameters(),
    };
    cursor.seal(&Scope::new(keys, APPLICATION, "users", b"")).unwrap()
}

fn opened(text: &str, keys: &KeyRing) -> Result<ListUsers, FieldErrors> {
    let pairs = [("cursor".to_owned(), text.to_owned())];
    let mut reader = Reader::new(&pairs);
    let question = Question::read(&mut reader, &Scope::new(keys, APPLICATION, "users", b""));
    reader.checked(question.list)
}

#[test]
fn a_sealed_cursor_opens() {
    let keys = ring();
    let name = SortKey::Name(Some("x".repeat(2000)));
    for (selection, key, characters) in [
        (largest(), name, MAX_CURSOR_CHARACTERS),
        (ordered("-last_session_at"), SortKey::Time(None), 220),
        (ordered("created_at"), SortKey::Time(Some(time(1_767_225_600_000_000))), 220),
        (ordered("created_at"), SortKey::Time(Some(time(-1))), 220),
        (ordered("display_name"), SortKey::Name(None), 220),
        (searching(), SortKey::Match(true, Some(time(1))), 220),
        (searching(), SortKey::Match(false, None), 220),
    ] {
        let text = sealed(&selection, position(key.clone()), &keys);
        assert!(text.len() <= characters, "{} characters", text.len());
        let list = opened(&text, &keys).unwrap();
        assert_eq!(list.start, PageStart::Before(position(key)));
        assert_eq!(list.order, selection.order());
        assert_eq!(list.filter, selection.filter);
    }
}

#[test]
fn a_place_that_does_not_fit_the_order_is_rejected() {
    let keys = ring();
    for (selection, key) in [
        (ordered("created_at"), SortKey::Name(None)),
        (ordered("created_at"), SortKey::Match(true, None)),
        (ordered("display_name"), SortKey::Time(None)),
        (searching(), SortKey::Time(None)),
    ] {
        let text = sealed(&selection, position(key), &keys);
        let invalid = FieldErrors::of("cursor", messages::INVALID_CURSOR);
        assert_eq!(opened(&text, &keys), Err(invalid));
    }
}
