//! Queries of users and their results. [`crate::rules::listing`] defines the meaning of a query.

use super::{
    CountryCode, Email, InvalidValue, PhoneDigits, SearchTerm, TagName, Timestamp, UserId,
    UserRecord, UserStatus, VendorData,
};

/// A time range: `from` is inclusive, `before` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// The first time in the range.
    pub from: Option<Timestamp>,
    /// The first time after the range.
    pub before: Option<Timestamp>,
}

impl TimeRange {
    /// Whether a time is inside.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.before.is_none_or(|before| time < before)
    }
}

/// Condition on a metadata value: a key, and the accepted texts of its string, number or boolean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataFilter {
    /// A top-level key, compared literally; if no such key exists, a path of keys joined by dots.
    pub key: String,
    /// The accepted values as texts; one must match. `7` matches both the number and the string.
    pub values: Vec<String>,
}

impl MetadataFilter {
    /// Groups key-value pairs into one filter per key, sorted and without duplicates.
    #[must_use]
    pub fn group(mut pairs: Vec<(String, String)>) -> Vec<Self> {
        pairs.sort_unstable();
        pairs.dedup();
        let mut filters: Vec<Self> = Vec::new();
        for (key, value) in pairs {
            match filters.last_mut().filter(|last| last.key == key) {
                Some(last) => last.values.push(value),
                None => filters.push(Self { key, values: vec![value] }),
            }
        }
        filters
    }
}

/// Filter of users; all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// One of these statuses; empty for any.
    pub statuses: Vec<UserStatus>,
    /// The search term must match.
    pub search: Option<SearchTerm>,
    /// One of these `vendor_data`, compared byte by byte; empty for any.
    pub vendor_data: Vec<VendorData>,
    /// One of the shown e-mail addresses, compared ignoring case.
    pub email: Option<Email>,
    /// One of the shown phone numbers, compared by digits only.
    pub phone: Option<PhoneDigits>,
    /// One of the shown issuing states.
    pub country: Option<CountryCode>,
    /// All of these tags.
    pub tags: Vec<TagName>,
    /// All of these metadata values.
    pub metadata: Vec<MetadataFilter>,
    /// Created in this range.
    pub created: TimeRange,
    /// Last changed in this range.
    pub updated: TimeRange,
    /// Last active in this range.
    pub last_activity: TimeRange,
}

impl UserFilter {
    /// Whether the filter has no conditions except on the status.
    #[must_use]
    pub fn is_by_status(&self) -> bool {
        let by_status = Self { statuses: self.statuses.clone(), ..Self::default() };
        *self == by_status
    }
}

/// Sort key of a list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderKey {
    /// Time of the latest session; users without a session are last when descending, first when ascending.
    LastSessionAt,
    /// Time of creation.
    CreatedAt,
    /// Time of the latest change.
    UpdatedAt,
    /// Time of the latest activity.
    LastActivityAt,
    /// The normalised display name, by code points; users without a name are placed as for [`Self::LastSessionAt`].
    DisplayName,
    /// Users with exactly this name or address, then the others, each as for [`Self::LastSessionAt`]. For searches.
    BestMatch,
}

impl OrderKey {
    /// Every key that clients can request.
    pub const ALL: [Self; 5] = [
        Self::LastSessionAt,
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::LastActivityAt,
        Self::DisplayName,
    ];

    /// The value in the API.
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
    /// The sort key.
    pub key: OrderKey,
    /// Whether the greatest value is first.
    pub descending: bool,
}

impl UserOrder {
    /// Latest session first.
    pub const DEFAULT: Self = Self { key: OrderKey::LastSessionAt, descending: true };

    /// Best match first.
    pub const BEST_MATCH: Self = Self { key: OrderKey::BestMatch, descending: true };

    /// Parses the form of the API: the sort key, with a leading `-` for descending order.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let (descending, word) = text.strip_prefix('-').map_or((false, text), |word| (true, word));
        let key = OrderKey::ALL
            .into_iter()
            .find(|key| key.as_str() == word)
            .ok_or(InvalidValue::UnknownWord)?;
        Ok(Self { key, descending })
    }
}

/// The value by which one user is sorted. An absent value is less than any other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A time.
    Time(Option<Timestamp>),
    /// A normalised name.
    Name(Option<String>),
    /// Whether the user is an exact match, and a time.
    Match(bool, Option<Timestamp>),
}

/// Position of one user in a sorted list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The sort key of the user.
    pub key: SortKey,
    /// The user.
    pub id: UserId,
}

/// Start of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart {
    /// The start of the list.
    First,
    /// After this position.
    After(Position),
    /// The page ends just before this position.
    Before(Position),
    /// After this number of rows.
    Offset(u32),
}

/// Maximum number of rows of a page: 1 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    /// The largest page size.
    pub const MAX: u16 = 1000;

    /// The default page size.
    pub const DEFAULT: Self = Self(50);

    /// The largest page size, as a [`PageSize`].
    pub const LARGEST: Self = Self(Self::MAX);

    /// # Errors
    /// [`InvalidValue::OutOfRange`].
    pub fn new(rows: u64) -> Result<Self, InvalidValue> {
        match u16::try_from(rows) {
            Ok(rows @ 1..=Self::MAX) => Ok(Self(rows)),
            _ => Err(InvalidValue::OutOfRange { min: 1, max: Self::MAX.into() }),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(self) -> usize {
        self.0.into()
    }
}

/// Whether and how matches are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountMode {
    /// Exact up to [`Count::CAP`].
    Capped,
    /// Not counted.
    None,
    /// From stored counts per status, which may be slightly outdated; as `Capped` if other conditions apply.
    Estimate,
    /// Exact, without a limit on the number of matches.
    Exact,
}

/// Number of matching users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly this many.
    Exactly(u64),
    /// This many or more.
    AtLeast(u64),
    /// About this many.
    About(u64),
    /// Not counted.
    NotCounted,
}

impl Count {
    /// The limit of capped counting.
    pub const CAP: u64 = 1000;
}

/// Query for one page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUsers {
    /// The filter.
    pub filter: UserFilter,
    /// The sort order.
    pub order: UserOrder,
    /// The start of the page.
    pub start: PageStart,
    /// The maximum number of users.
    pub size: PageSize,
    /// Whether and how to count.
    pub count: CountMode,
}

/// One page of users in the requested order; shorter if it would exceed [`UserPage::MAX_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPage {
    /// The users.
    pub rows: Vec<UserRecord>,
    /// Whether users precede the first one.
    pub has_previous: bool,
    /// Whether users follow the last one.
    pub has_next: bool,
    /// Number of matching users on all pages.
    pub count: Count,
}

impl UserPage {
    /// Maximum size in bytes by [`crate::rules::listing::row_bytes`]; a page of one user may exceed it.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;
}

/// Position in the list of an application's deleted users, newest deletion first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeletedPosition {
    /// When the user was deleted.
    pub deleted_at: Timestamp,
    /// Id of the user; breaks ties, the greatest first.
    pub id: UserId,
}

/// One page of deleted users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedPage {
    /// The users.
    pub rows: Vec<UserRecord>,
    /// Position after which the next page starts; `None` on the last page.
    pub next: Option<DeletedPosition>,
}
