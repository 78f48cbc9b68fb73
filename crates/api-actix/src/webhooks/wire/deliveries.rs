//! The parameters of a list of deliveries.

use key_ring::KeyRing;
use users_domain::model::webhooks::{AttemptFilter, AttemptOutcome, AttemptQuery, AttemptStart};
use users_domain::model::{PageSize, TimeRange, Timestamp};

use super::cursor::{Cursor, Owner};
use crate::error::{FieldErrors, messages};
use crate::request::parameters::{Reader, by_comma, moment, time};

pub(in crate::webhooks) const NAMES: [&str; 8] = [
    "limit",
    "page_size",
    "offset",
    "page",
    "cursor",
    "date_from",
    "date_to",
    "outcome",
];

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::webhooks) struct Page {
    pub(in crate::webhooks) query: AttemptQuery,
    /// Where it was given: the links then go on by it.
    pub(in crate::webhooks) offset: Option<u32>,
}

/// Reads which page of whose deliveries is asked for, or all that is wrong with it.
pub(in crate::webhooks) fn read(
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
            reader.refuse(name, messages::OTHER_THAN_THE_CURSORS);
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

/// A moment that is not inside any more, or a date whose day is.
fn end(text: &str) -> Result<Timestamp, String> {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let is_date = Timestamp::parse(&format!("{text}T00:00:00Z")).is_ok();
    let time = time(text)?;
    let end = if is_date {
        time.plus_millis(DAY_MS)
    } else {
        time
    };
    // Links repeat it, and no text of a moment is read that has a later year.
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

/// The given parameters that say something else than the cursor. What is left out is as in the cursor.
fn differences<'n>(given: &AttemptFilter, kept: &AttemptFilter) -> impl Iterator<Item = &'n str> {
    let (range, kept_range) = (given.created_at, kept.created_at);
    let by_name = [
        (
            "date_from",
            range.from.is_some() && range.from != kept_range.from,
        ),
        (
            "date_to",
            range.before.is_some() && range.before != kept_range.before,
        ),
        (
            "outcome",
            given.outcomes.is_some() && given.outcomes != kept.outcomes,
        ),
    ];
    let differing = by_name.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| name)
}
