//! Where a page of the user list begins, in the form of cursors.

use serde::{Deserialize, Serialize};
use users_domain::model::{OrderKey, PageStart, Position, SortKey, Timestamp, UserId, UserOrder};
use uuid::Uuid;

/// The direction of the page from the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    After,
    Before,
}

/// A page after or before a user. Names are short, as cursors are part of URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    #[serde(rename = "b")]
    before: bool,
    #[serde(rename = "k")]
    key: Key,
    #[serde(rename = "i")]
    id: String,
}

/// The value by which the user is sorted; times are microseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Key {
    #[serde(rename = "t")]
    Time(Option<i64>),
    #[serde(rename = "n")]
    Name(Option<String>),
    #[serde(rename = "m")]
    Match(bool, Option<i64>),
}

impl Place {
    /// The page in this direction from a position.
    pub(super) fn new(direction: Direction, position: Position) -> Self {
        let micros = |time: Option<Timestamp>| time.map(Timestamp::unix_micros);
        Self {
            before: direction == Direction::Before,
            key: match position.key {
                SortKey::Time(time) => Key::Time(micros(time)),
                SortKey::Name(name) => Key::Name(name),
                SortKey::Match(exact, time) => Key::Match(exact, micros(time)),
            },
            id: position.id.uuid().simple().to_string(),
        }
    }

    /// The start of the page; `None` if the place does not fit the order.
    pub(super) fn start(self, order: UserOrder) -> Option<PageStart> {
        let time = |micros: Option<i64>| match micros {
            None => Some(None),
            Some(micros) => Timestamp::from_unix_micros(micros).map(Some),
        };
        let key = match (self.key, order.key) {
            (Key::Name(name), OrderKey::DisplayName) => SortKey::Name(name),
            (Key::Match(exact, at), OrderKey::BestMatch) => SortKey::Match(exact, time(at)?),
            (Key::Name(_) | Key::Match(..), _)
            | (Key::Time(_), OrderKey::DisplayName | OrderKey::BestMatch) => return None,
            (Key::Time(at), _) => SortKey::Time(time(at)?),
        };
        let position = Position { key, id: UserId::new(Uuid::try_parse(&self.id).ok()?) };
        Some(if self.before { PageStart::Before(position) } else { PageStart::After(position) })
    }
}
