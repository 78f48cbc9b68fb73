//! Questions about many users, and their answers. What a question means is [`crate::rules::listing`].

use super::{
    CountryCode, Email, InvalidValue, PhoneDigits, SearchTerm, TagName, Timestamp, UserId,
    UserRecord, UserStatus, VendorData,
};

/// From (inclusive) and before (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// The first time inside.
    pub from: Option<Timestamp>,
    /// The first time after.
    pub before: Option<Timestamp>,
}

impl TimeRange {
    /// Whether a time is inside.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.before.is_none_or(|before| time < before)
    }
}

/// A key of the metadata and the texts of which its string, number or boolean has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataFilter {
    /// A key of the top level, literally; where there is none of this name, a path of keys joined by dots.
    pub key: String,
    /// The values as texts, any of which may be there: `7` asks for the number and for the string.
    pub values: Vec<String>,
}

impl MetadataFilter {
    /// One filter for each key, with all of its values: sorted and without repetitions.
    #[must_use]
    pub fn group(mut pairs: Vec<(String, String)>) -> Vec<Self> {
        pairs.sort_unstable();
        pairs.dedup();
        let mut filters: Vec<Self> = Vec::new();
        for (key, value) in pairs {
            match filters.last_mut().filter(|last| last.key == key) {
                Some(last) => last.values.push(value),
                None => filters.push(Self {
                    key,
                    values: vec![value],
                }),
            }
        }
        filters
    }
}

/// Which users; every condition must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// One of these statuses; empty for any.
    pub statuses: Vec<UserStatus>,
    /// Found in one of the searched fields.
    pub search: Option<SearchTerm>,
    /// One of these names, byte by byte; empty for any.
    pub vendor_data: Vec<VendorData>,
    /// Among the shown addresses, whatever its case.
    pub email: Option<Email>,
    /// Among the shown phones, however it is written.
    pub phone: Option<PhoneDigits>,
    /// Among the shown issuing states.
    pub country: Option<CountryCode>,
    /// All of these tags.
    pub tags: Vec<TagName>,
    /// All of these metadata values.
    pub metadata: Vec<MetadataFilter>,
    /// Made in this range.
    pub created: TimeRange,
    /// Last changed in this range.
    pub updated: TimeRange,
    /// Last active in this range.
    pub last_activity: TimeRange,
}

impl UserFilter {
    /// Whether it asks for nothing but statuses, or for everybody.
    #[must_use]
    pub fn is_by_status(&self) -> bool {
        let by_status = Self {
            statuses: self.statuses.clone(),
            ..Self::default()
        };
        *self == by_status
    }
}

/// What users are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderKey {
    /// The latest session; users without one come last when descending, first when ascending.
    LastSessionAt,
    /// Creation.
    CreatedAt,
    /// The latest change.
    UpdatedAt,
    /// The latest activity.
    LastActivityAt,
    /// The normalised display name by code points; users without one as with sessions.
    DisplayName,
    /// Users whose name or address is exactly the search term, then the others; each as [`Self::LastSessionAt`]. It is the
    /// order of searches that ask for none.
    BestMatch,
}

impl OrderKey {
    /// Every key that can be asked for.
    pub const ALL: [Self; 5] = [
        Self::LastSessionAt,
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::LastActivityAt,
        Self::DisplayName,
    ];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LastSessionAt => "last_session_at",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::LastActivityAt => "last_activity_at",
            Self::DisplayName => "display_name",
            Self::BestMatch => "best_match",
        }
    }
}

/// A total order: ties are broken by id in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserOrder {
    /// By what.
    pub key: OrderKey,
    /// Greatest first.
    pub descending: bool,
}

impl UserOrder {
    /// Latest session first.
    pub const DEFAULT: Self = Self {
        key: OrderKey::LastSessionAt,
        descending: true,
    };

    /// The best match first.
    pub const BEST_MATCH: Self = Self {
        key: OrderKey::BestMatch,
        descending: true,
    };

    /// Reads the form of the API: the key's word, with `-` in front for descending.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let (descending, word) = text
            .strip_prefix('-')
            .map_or((false, text), |word| (true, word));
        let key = OrderKey::ALL
            .into_iter()
            .find(|key| key.as_str() == word)
            .ok_or(InvalidValue::UnknownWord)?;
        Ok(Self { key, descending })
    }
}

/// The value that one user is ordered by. Absent is less than everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A time.
    Time(Option<Timestamp>),
    /// A normalised name.
    Name(Option<String>),
    /// Whether it is an exact match, and a time.
    Match(bool, Option<Timestamp>),
}

/// A place in an order: just at one user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// What the user was ordered by.
    pub key: SortKey,
    /// The user.
    pub id: UserId,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart {
    /// At the beginning.
    First,
    /// Behind a place.
    After(Position),
    /// Just before a place, so that the page ends there.
    Before(Position),
    /// After so many rows.
    Offset(u32),
}

/// How many rows a page has: 1 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    /// The largest page.
    pub const MAX: u16 = 1000;

    /// The page of callers who do not say.
    pub const DEFAULT: Self = Self(50);

    /// As large as pages can be.
    pub const LARGEST: Self = Self(Self::MAX);

    /// # Errors
    /// [`InvalidValue::OutOfRange`].
    pub fn new(rows: u64) -> Result<Self, InvalidValue> {
        match u16::try_from(rows) {
            Ok(rows @ 1..=Self::MAX) => Ok(Self(rows)),
            _ => Err(InvalidValue::OutOfRange {
                min: 1,
                max: Self::MAX.into(),
            }),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(self) -> usize {
        self.0.into()
    }
}

/// How carefully matches are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountMode {
    /// Exactly up to [`Count::CAP`].
    Capped,
    /// Not at all.
    None,
    /// From counts that are kept by status and may be a moment old; otherwise as capped.
    Estimate,
    /// Exactly, however long it takes.
    Exact,
}

/// How many users match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly so many.
    Exactly(u64),
    /// So many or more.
    AtLeast(u64),
    /// About so many.
    About(u64),
    /// Nobody counted.
    NotCounted,
}

impl Count {
    /// Where capped counting stops.
    pub const CAP: u64 = 1000;
}

/// A question for one page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUsers {
    /// Which users.
    pub filter: UserFilter,
    /// In which order.
    pub order: UserOrder,
    /// From where.
    pub start: PageStart,
    /// How many.
    pub size: PageSize,
    /// Whether and how to count.
    pub count: CountMode,
}

/// One page of users, in the order asked for. It may hold fewer than asked for where they are long together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPage {
    /// The users.
    pub rows: Vec<UserRecord>,
    /// Whether rows precede the first one.
    pub has_previous: bool,
    /// Whether rows follow the last one.
    pub has_next: bool,
    /// How many users match, on all pages together.
    pub count: Count,
}

impl UserPage {
    /// The longest page, as [`crate::rules::listing::row_bytes`] measures it, unless one user alone is longer.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;
}
