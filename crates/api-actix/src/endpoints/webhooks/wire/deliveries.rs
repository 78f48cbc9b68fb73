//! The parameters of the list of deliveries.

use key_ring::KeyRing;
use users_domain::model::webhooks::{AttemptFilter, AttemptOutcome, AttemptQuery, AttemptStart};
use users_domain::model::{PageSize, TimeRange, Timestamp};

use super::cursor::{Cursor, Owner};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::parameters::{Reader, by_comma, moment, time};

pub(in crate::endpoints::webhooks) const NAMES: [&str; 8] = [
    "limit",
    "page_size",
    "offset",
    "page",
    "cursor",
    "date_from",
    "date_to",
    "outcome",
];

/// The requested page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::endpoints::webhooks) struct Page {
    pub(in crate::endpoints::webhooks) query: AttemptQuery,
    /// The offset, if given; links then use offsets too.
    pub(in crate::endpoints::webhooks) offset: Option<u32>,
}

/// Reads the requested page, or all field errors.
pub(in crate::endpoints::webhooks) fn read(
    pairs: &[(String, String)],
    keys: &KeyRing,
    owner: Owner,
) -> Result<Page, FieldErrors> {
    let mut reader = Reader::new(pairs);
    let (limit, offset) = reader.paging();
    let cursor = reader.one(&["cursor"], |text| {
        Cursor::open(text, keys, owner).ok_or_else(|| messages::INVALID_CURSOR.to_owned())
    });
    let given = AttemptFilter {
        created_at: TimeRange {
            from: reader.one(&["date_from"], time),
            before: reader.one(&["date_to"], end),
        },
        outcomes: outcomes(&mut reader),
    };
    if let Some(cursor) = &cursor {
        if offset.is_some() {
            reader.refuse("cursor", messages::CURSOR_AND_OFFSET);
        }
        for name in differences(&given, &cursor.filter) {
            reader.refuse(name, messages::DIFFERS_FROM_CURSOR);
        }
    }
    let errors = reader.into_errors();
    if !errors.is_empty() {
        return Err(errors);
    }
    let start = match &cursor {
        Some(cursor) => cursor.start(),
        None => AttemptStart::Offset(offset.unwrap_or_default().into()),
    };
    Ok(Page {
        query: AttemptQuery {
            filter: cursor.map_or(given, |cursor| cursor.filter),
            start,
            limit: limit.unwrap_or(PageSize::DEFAULT),
        },
        offset,
    })
}

/// The exclusive end of the range: a time, or the end of the day for a date.
fn end(text: &str) -> Result<Timestamp, String> {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let is_date = Timestamp::parse(&format!("{text}T00:00:00Z")).is_ok();
    let time = time(text)?;
    let end = if is_date {
        time.plus_millis(DAY_MS)
    } else {
        time
    };
    // Links contain this time, and times with a later year cannot be parsed.
    let last = moment("9999-12-31T23:59:59.999999Z").unwrap_or(end);
    Ok(end.min(last))
}

fn outcomes(reader: &mut Reader<'_>) -> Option<Vec<AttemptOutcome>> {
    let most = AttemptOutcome::ALL.len();
    let found = reader.several(&["outcome"], most, by_comma, |word| {
        AttemptOutcome::parse(word).map_err(|_| {
            let words = AttemptOutcome::ALL.map(AttemptOutcome::as_str).join(", ");
            format!("Invalid outcome. Valid options are: {words}")
        })
    });
    (!found.is_empty()).then_some(found)
}

/// The given parameters that differ from the cursor.
fn differences<'n>(
    given: &AttemptFilter,
    of_cursor: &AttemptFilter,
) -> impl Iterator<Item = &'n str> {
    let (range, cursor_range) = (given.created_at, of_cursor.created_at);
    let by_name = [
        (
            "date_from",
            range.from.is_some() && range.from != cursor_range.from,
        ),
        (
            "date_to",
            range.before.is_some() && range.before != cursor_range.before,
        ),
        (
            "outcome",
            given.outcomes.is_some() && given.outcomes != of_cursor.outcomes,
        ),
    ];
    let differing = by_name.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| name)
}
