//! Filtering, ordering and paging of users: used by adapters in memory; others are tested against it.

use std::cell::OnceCell;
use std::cmp::Ordering;

use crate::model::{
    Count, CountMode, DisplayName, Email, FullName, Json, JsonObject, ListUsers, MetadataFilter,
    Number, OrderKey, PageStart, Phone, Position, Profile, SearchTerm, SortKey, TagName, User,
    UserFilter, UserOrder, UserPage, UserRecord,
};
use crate::rules::search_text::{SearchText, normalise};

/// Whether a user matches a filter. Deleted users never match.
#[must_use]
pub fn matches(user: &User, filter: &UserFilter) -> bool {
    let UserFilter {
        statuses,
        search,
        vendor_data,
        email,
        phone,
        country,
        tags,
        metadata,
        created,
        updated,
        last_activity,
    } = filter;
    let record = &user.record;
    let text = OnceCell::new();
    let text = || text.get_or_init(|| SearchText::of(record));
    let has_tag = |name: &TagName| record.tags.iter().any(|tag| tag.tag.name == *name);
    record.deleted_at.is_none()
        && (statuses.is_empty() || statuses.contains(&record.status))
        && search.as_ref().is_none_or(|term| text().holds(term))
        && email.as_ref().is_none_or(|email| text().has_email(email))
        && phone.as_ref().is_none_or(|phone| text().has_phone(phone))
        && (vendor_data.is_empty() || vendor_data.contains(&record.vendor_data))
        && country.is_none_or(|country| record.profile.issuing_states().contains(&&country))
        && tags.iter().all(has_tag)
        && metadata.iter().all(|wanted| metadata_matches(user, wanted))
        && created.contains(record.created_at)
        && updated.contains(record.updated_at)
        && last_activity.contains(record.activity.last_activity_at)
}

/// The JSON values that match a metadata filter: each text as a string, and as the number or boolean it spells.
#[must_use]
pub fn metadata_candidates(filter: &MetadataFilter) -> Vec<Json> {
    let candidates = filter.values.iter().flat_map(|text| {
        let string = Some(Json::String(text.clone()));
        let number = Number::parse(text).ok().map(Json::Number);
        let boolean = text.parse().ok().map(Json::Bool);
        [string, number, boolean].into_iter().flatten()
    });
    candidates.collect()
}

/// The value of a top-level key; if there is none, the value at the path of keys that are separated by dots.
fn metadata_value<'a>(object: &'a JsonObject, key: &str) -> Option<&'a Json> {
    let nested = || {
        let (path, last) = key.rsplit_once('.')?;
        let inner = path.split('.').try_fold(object, |object, key| match object.get(key)? {
            Json::Object(inner) => Some(inner),
            _ => None,
        });
        inner?.get(last)
    };
    object.get(key).or_else(nested)
}

fn metadata_matches(user: &User, filter: &MetadataFilter) -> bool {
    let Some(value) = metadata_value(user.metadata.object(), &filter.key) else {
        return false;
    };
    metadata_candidates(filter).iter().any(|candidate| value == candidate)
}

/// Whether the `vendor_data` or one of the e-mail addresses of a user equals the search term.
#[must_use]
pub fn is_exact(user: &UserRecord, term: &SearchTerm) -> bool {
    let has_email = |email: Email| SearchText::of(user).has_email(&email);
    user.vendor_data.as_str() == term.given() || term.email().is_some_and(has_email)
}

/// The position of a user in an order. The order by best match depends on the search term.
#[must_use]
pub fn position(user: &UserRecord, key: OrderKey, search: Option<&SearchTerm>) -> Position {
    let key = match key {
        OrderKey::LastSessionAt => SortKey::Time(user.activity.last_session_at),
        OrderKey::CreatedAt => SortKey::Time(Some(user.created_at)),
        OrderKey::UpdatedAt => SortKey::Time(Some(user.updated_at)),
        OrderKey::LastActivityAt => SortKey::Time(Some(user.activity.last_activity_at)),
        OrderKey::DisplayName => SortKey::Name(user.display_name.as_ref().map(name_key)),
        OrderKey::BestMatch => {
            let exact = search.is_some_and(|term| is_exact(user, term));
            SortKey::Match(exact, user.activity.last_session_at)
        }
    };
    Position { key, id: user.id }
}

/// The maximum length of the sort key of a name, in bytes. Normalisation can lengthen compatibility characters
/// eighteenfold, and stores limit the length of sort keys (an index entry of PostgreSQL: about 2,700 bytes).
const MAX_NAME_KEY_BYTES: usize = 2000;

/// The sort key of a name: its normalised form, truncated if it is extremely long.
#[must_use]
pub fn name_key(name: &DisplayName) -> String {
    let mut key = normalise(name.as_str());
    key.truncate(key.floor_char_boundary(MAX_NAME_KEY_BYTES));
    key
}

/// How two positions compare in an order.
#[must_use]
pub fn compare(a: &Position, b: &Position, order: UserOrder) -> Ordering {
    if order.descending { b.cmp(a) } else { a.cmp(b) }
}

/// The requested page, out of all users of an application.
#[must_use]
pub fn page<'a>(users: impl IntoIterator<Item = &'a User>, query: &ListUsers) -> UserPage {
    let search = query.filter.search.as_ref();
    let position = |user: &UserRecord| position(user, query.order.key, search);
    let mut matching: Vec<&UserRecord> = users
        .into_iter()
        .filter(|user| matches(user, &query.filter))
        .map(|user| &user.record)
        .collect();
    matching.sort_by(|a, b| compare(&position(a), &position(b), query.order));

    let before = |place: &Position| {
        matching
            .partition_point(|user| compare(&position(user), place, query.order) == Ordering::Less)
    };
    let up_to = |place: &Position| {
        matching.partition_point(|user| {
            compare(&position(user), place, query.order) != Ordering::Greater
        })
    };
    let size = query.size.rows();
    let (from, to) = match &query.start {
        PageStart::First => (0, size),
        PageStart::Offset(rows) => (*rows as usize, (*rows as usize).saturating_add(size)),
        PageStart::After(place) => (up_to(place), up_to(place).saturating_add(size)),
        PageStart::Before(place) => (before(place).saturating_sub(size), before(place)),
    };
    let (from, to) = (from.min(matching.len()), to.min(matching.len()));
    let rows = matching.get(from..to).unwrap_or_default().iter();
    let mut rows: Vec<UserRecord> = rows.map(|user| (*user).clone()).collect();
    let backwards = matches!(query.start, PageStart::Before(_));
    if backwards {
        rows.reverse();
    }
    let ended = end_page(&mut rows);
    if backwards {
        rows.reverse();
    }
    UserPage {
        rows,
        has_previous: from > 0 || (ended && backwards),
        has_next: to < matching.len() || (ended && !backwards),
        count: count(matching.len() as u64, count_mode(&query.filter, query.count)),
    }
}

/// How the matches of a filter are counted: estimates exist only by status; otherwise up to the cap.
#[must_use]
pub fn count_mode(filter: &UserFilter, requested: CountMode) -> CountMode {
    match requested {
        CountMode::Estimate if !filter.is_by_status() => CountMode::Capped,
        mode => mode,
    }
}

/// Truncates a page to [`UserPage::MAX_BYTES`], but to one user at least. Returns whether it was too long.
pub fn end_page(rows: &mut Vec<UserRecord>) -> bool {
    let mut bytes = 0;
    let fitting = rows.iter().take_while(|user| {
        bytes += row_bytes(user);
        bytes <= UserPage::MAX_BYTES
    });
    let kept = fitting.count().max(1);
    let ended = kept < rows.len();
    rows.truncate(kept);
    ended
}

/// The maximum size of a user in a list, in bytes of JSON.
#[must_use]
pub fn row_bytes(user: &UserRecord) -> usize {
    /// Member names, ids, times, numbers and punctuation.
    const FIXED: usize = 1600;
    const FEATURE: usize = 120;
    const TAG: usize = 120;
    const ENTRY: usize = 8;

    let Profile { declared, verified, overrides } = &user.profile;
    let names = [declared.full_name.as_ref(), overrides.full_name.as_ref()];
    let texts = [user.vendor_data.as_str(), user.effective_name()].into_iter();
    let texts = texts.chain(user.display_name.as_ref().map(DisplayName::as_str));
    let texts = texts.chain(names.into_iter().flatten().map(FullName::as_str));
    let texts = texts.chain(user.legal_hold.as_ref().map(|hold| hold.reason.as_str()));
    let emails = declared.emails.iter().chain(&verified.emails);
    let phones = declared.phones.iter().chain(&verified.phones);
    let entries = emails.map(Email::as_str).chain(phones.map(Phone::as_str));
    let states = declared.issuing_states.len() + verified.issuing_states.len();
    let tags = user.tags.iter().map(|tag| tag.tag.name.as_str());
    FIXED
        + texts.map(json_bytes).sum::<usize>()
        + verified.texts().map(|text| json_bytes(&text)).sum::<usize>()
        + entries.map(|entry| ENTRY + json_bytes(entry)).sum::<usize>()
        + states * ENTRY
        + user.features.len() * FEATURE
        + tags.map(|name| TAG + json_bytes(name)).sum::<usize>()
}

/// The length of a text in JSON, in bytes.
fn json_bytes(text: &str) -> usize {
    let escaped = |byte| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

/// The count to report for an exact number of matches.
#[must_use]
pub fn count(matches: u64, mode: CountMode) -> Count {
    match mode {
        CountMode::None => Count::NotCounted,
        CountMode::Capped if matches > Count::CAP => Count::AtLeast(Count::CAP),
        CountMode::Capped | CountMode::Exact => Count::Exactly(matches),
        CountMode::Estimate => Count::About(matches),
    }
}

#[cfg(test)]
mod tests;
