//! Cursors: a position in a list with its filters and order. Clients cannot read or change a cursor, and it works only
//! for its application.

use key_ring::{KeyRing, SealError};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use users_domain::model::{
    ApplicationId, CountryCode, Email, MetadataFilter, OrderKey, PhoneDigits, Position, SearchTerm,
    SortKey, TagName, Timestamp, UserFilter, UserId, UserOrder, UserStatus, VendorData,
};

use crate::http::cursor::{WireRange, open, seal};

/// The longest cursor, in characters. Filters at all their limits fit.
pub(crate) const MAX_CHARACTERS: usize = 48 * 1024;

/// The version of the encoding; cursors of other versions are rejected.
const VERSION: u8 = 2;

/// The former version, of builds without some of the filters and without the order by match. Cursors that do not use
/// these keep this version, so that such builds can read them.
const FORMER_VERSION: u8 = 1;

/// The direction of the page from the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    After,
    Before,
}

/// A page of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) order: UserOrder,
    pub(crate) direction: Direction,
    pub(crate) position: Position,
    pub(crate) filter: UserFilter,
}

/// The text is not a cursor of this application. The error has no details, so that clients cannot probe the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a cursor of this application")]
pub(crate) struct InvalidCursor;

impl Cursor {
    /// Seals the cursor as text.
    pub(crate) fn seal(
        &self,
        keys: &KeyRing,
        application: ApplicationId,
    ) -> Result<String, SealError> {
        seal(&Wire::from(self), keys, application.uuid().as_bytes())
    }

    fn is_of_former_version(&self) -> bool {
        let UserFilter {
            vendor_data,
            email,
            phone,
            ..
        } = &self.filter;
        self.order != UserOrder::BEST_MATCH
            && vendor_data.is_empty()
            && email.is_none()
            && phone.is_none()
    }

    /// Opens a cursor sealed for the same application.
    pub(crate) fn open(
        text: &str,
        keys: &KeyRing,
        application: ApplicationId,
    ) -> Result<Self, InvalidCursor> {
        if text.len() > MAX_CHARACTERS {
            return Err(InvalidCursor);
        }
        let wire: Option<Wire> = open(text, keys, application.uuid().as_bytes());
        wire.ok_or(InvalidCursor)?.try_into()
    }
}

/// The sealed form. Names are short, as cursors are part of URLs.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "v")]
    version: u8,
    #[serde(rename = "o")]
    order: String,
    #[serde(rename = "b")]
    before: bool,
    #[serde(rename = "k")]
    key: WireKey,
    #[serde(rename = "i")]
    id: String,
    #[serde(rename = "f", default)]
    filter: WireFilter,
}

#[derive(Serialize, Deserialize)]
enum WireKey {
    #[serde(rename = "t")]
    Time(Option<i64>),
    #[serde(rename = "n")]
    Name(Option<String>),
    #[serde(rename = "m")]
    Match(bool, Option<i64>),
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct WireFilter {
    #[serde(rename = "s", skip_serializing_if = "Vec::is_empty")]
    statuses: Vec<String>,
    #[serde(rename = "q", skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Vec::is_empty")]
    vendor_data: Vec<String>,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(rename = "l", skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(rename = "t", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(rename = "m", skip_serializing_if = "Vec::is_empty")]
    metadata: Vec<(String, String)>,
    #[serde(rename = "c", skip_serializing_if = "WireRange::is_open")]
    created: WireRange,
    #[serde(rename = "u", skip_serializing_if = "WireRange::is_open")]
    updated: WireRange,
    #[serde(rename = "a", skip_serializing_if = "WireRange::is_open")]
    last_activity: WireRange,
}

impl From<&Cursor> for Wire {
    fn from(cursor: &Cursor) -> Self {
        Self {
            version: if cursor.is_of_former_version() {
                FORMER_VERSION
            } else {
                VERSION
            },
            order: order_text(cursor.order),
            before: cursor.direction == Direction::Before,
            key: match &cursor.position.key {
                SortKey::Time(time) => WireKey::Time(time.map(Timestamp::unix_micros)),
                SortKey::Name(name) => WireKey::Name(name.clone()),
                SortKey::Match(exact, time) => {
                    WireKey::Match(*exact, time.map(Timestamp::unix_micros))
                }
            },
            id: cursor.position.id.uuid().simple().to_string(),
            filter: (&cursor.filter).into(),
        }
    }
}

impl From<&UserFilter> for WireFilter {
    fn from(filter: &UserFilter) -> Self {
        let text = |value: &TagName| value.as_str().to_owned();
        Self {
            statuses: (filter.statuses.iter())
                .map(|status| status.as_str().to_owned())
                .collect(),
            search: (filter.search.as_ref()).map(|term| term.given().to_owned()),
            vendor_data: (filter.vendor_data.iter())
                .map(|name| name.as_str().to_owned())
                .collect(),
            email: (filter.email.as_ref()).map(|email| email.as_str().to_owned()),
            phone: (filter.phone.as_ref()).map(|digits| digits.as_str().to_owned()),
            country: filter.country.map(|country| country.alpha_3().to_owned()),
            tags: filter.tags.iter().map(text).collect(),
            metadata: (filter.metadata.iter())
                .flat_map(|wanted| {
                    let values = wanted.values.iter();
                    values.map(|value| (wanted.key.clone(), value.clone()))
                })
                .collect(),
            created: filter.created.into(),
            updated: filter.updated.into(),
            last_activity: filter.last_activity.into(),
        }
    }
}

impl TryFrom<Wire> for Cursor {
    type Error = InvalidCursor;

    fn try_from(wire: Wire) -> Result<Self, InvalidCursor> {
        let by_match =
            (wire.order == order_text(UserOrder::BEST_MATCH)).then_some(UserOrder::BEST_MATCH);
        let order = by_match.or_else(|| UserOrder::parse(&wire.order).ok());
        let order = order.ok_or(InvalidCursor)?;
        let key = match wire.key {
            WireKey::Time(time) => SortKey::Time(time.map(timestamp).transpose()?),
            WireKey::Name(name) => SortKey::Name(name),
            WireKey::Match(exact, time) => SortKey::Match(exact, time.map(timestamp).transpose()?),
        };
        let fits = match key {
            SortKey::Name(_) => order.key == OrderKey::DisplayName,
            SortKey::Match(..) => order.key == OrderKey::BestMatch,
            SortKey::Time(_) => ![OrderKey::DisplayName, OrderKey::BestMatch].contains(&order.key),
        };
        if !(FORMER_VERSION..=VERSION).contains(&wire.version) || !fits {
            return Err(InvalidCursor);
        }
        Ok(Self {
            order,
            direction: if wire.before {
                Direction::Before
            } else {
                Direction::After
            },
            position: Position {
                key,
                id: UserId::parse(&wire.id).map_err(|_| InvalidCursor)?,
            },
            filter: wire.filter.try_into()?,
        })
    }
}

impl TryFrom<WireFilter> for UserFilter {
    type Error = InvalidCursor;

    fn try_from(wire: WireFilter) -> Result<Self, InvalidCursor> {
        Ok(Self {
            statuses: all(wire.statuses, |text| UserStatus::parse(&text))?,
            search: one(wire.search, |text| SearchTerm::parse(&text))?,
            vendor_data: all(wire.vendor_data, VendorData::parse)?,
            email: one(wire.email, Email::parse)?,
            phone: one(wire.phone, |text| {
                PhoneDigits::of(&text).ok_or(InvalidCursor)
            })?,
            country: one(wire.country, |text| CountryCode::parse(&text))?,
            tags: all(wire.tags, TagName::parse)?,
            metadata: MetadataFilter::group(wire.metadata),
            created: wire.created.read().ok_or(InvalidCursor)?,
            updated: wire.updated.read().ok_or(InvalidCursor)?,
            last_activity: wire.last_activity.read().ok_or(InvalidCursor)?,
        })
    }
}

fn timestamp(micros: i64) -> Result<Timestamp, InvalidCursor> {
    Timestamp::from_unix_micros(micros).ok_or(InvalidCursor)
}

fn one<T, E>(
    text: Option<String>,
    parse: impl FnOnce(String) -> Result<T, E>,
) -> Result<Option<T>, InvalidCursor> {
    text.map(parse).transpose().map_err(|_| InvalidCursor)
}

fn all<T, E>(
    texts: Vec<String>,
    parse: impl FnMut(String) -> Result<T, E>,
) -> Result<Vec<T>, InvalidCursor> {
    (texts.into_iter().map(parse).collect::<Result<_, _>>()).map_err(|_| InvalidCursor)
}

/// The order in the API's form: its key, with `-` in front for descending.
fn order_text(order: UserOrder) -> String {
    let sign = if order.descending { "-" } else { "" };
    format!("{sign}{}", order.key.as_str())
}

#[cfg(test)]
mod tests;
