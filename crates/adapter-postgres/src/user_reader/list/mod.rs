//! Reads one page of users. [`users_domain::rules::listing`] defines the result of a query; a test compares this module
//! with it.

mod count;
mod filter;
mod scan;
mod walk;

use users_domain::model::{
    ApplicationId, Count, ListUsers, OrderKey, PageStart, UserPage, UserRecord,
};
use users_domain::rules::listing;

use crate::failure::{Failure, Kind};
use crate::pool::Reading;
use crate::rows::RecordRow;
use filter::Filter;
use walk::Walk;

/// Reads a page with few statements: its rows, whether there are rows before and after it, and the count.
pub(crate) fn page(
    reading: &mut Reading<'_>,
    application: ApplicationId,
    question: &ListUsers,
) -> Result<UserPage, Failure> {
    let filter = Filter::of(application, &question.filter);
    let filters = match &question.filter.search {
        Some(term) if question.order.key == OrderKey::BestMatch => filter.clone().by_match(term),
        _ => vec![filter.clone()],
    };
    let forwards = Walk::new(&filters, question.order);
    let size = question.size.rows();
    let (rows, has_previous, has_next) = match &question.start {
        PageStart::First => {
            let (rows, more) = split(forwards.rows(reading, None, size + 1)?, size)?;
            (rows, false, more)
        }
        PageStart::Offset(skipped) => {
            let rows = forwards.rows_from(reading, *skipped, size + 1)?;
            let (rows, more) = split(rows, size)?;
            let before = *skipped > 0 && (!rows.is_empty() || forwards.any(reading, None)?);
            (rows, before, more)
        }
        PageStart::After(place) => {
            let (rows, more) = split(forwards.rows(reading, Some(place), size + 1)?, size)?;
            let before = forwards.reversed().any(reading, Some(place))?;
            (rows, before, more)
        }
        PageStart::Before(place) => {
            let backwards = forwards.reversed();
            let (mut rows, more) = split(backwards.rows(reading, Some(place), size + 1)?, size)?;
            rows.reverse();
            let after = forwards.any(reading, Some(place))?;
            (rows, more, after)
        }
    };
    let seen = all_seen(&question.start, &rows, has_next);
    let count = match count::count(reading, application, question, &filter, seen) {
        // The rows are returned even if counting takes too long.
        Err(failure) if failure.kind == Kind::TooSlow => {
            Count::AtLeast(known(&question.start, &rows, has_previous, has_next))
        }
        count => count?,
    };
    Ok(UserPage { rows, has_previous, has_next, count })
}

/// Splits off the extra row. There are more rows if it exists or if the page ends early.
fn split(rows: Vec<RecordRow>, size: usize) -> Result<(Vec<UserRecord>, bool), Failure> {
    let more = rows.len() > size;
    let rows = rows.into_iter().take(size).map(RecordRow::into_record);
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    let ended = listing::end_page(&mut rows);
    Ok((rows, more || ended))
}

/// The minimum number of matches that follows from the page.
fn known(start: &PageStart, rows: &[UserRecord], has_previous: bool, has_next: bool) -> u64 {
    let before = match start {
        PageStart::Offset(skipped) if !rows.is_empty() => u64::from(*skipped),
        _ => u64::from(has_previous),
    };
    before + u64::try_from(rows.len()).unwrap_or_default() + u64::from(has_next)
}

/// The number of matches, if the page is the last one.
fn all_seen(start: &PageStart, rows: &[UserRecord], has_next: bool) -> Option<u64> {
    let shown = u64::try_from(rows.len()).ok()?;
    match start {
        PageStart::First if !has_next => Some(shown),
        PageStart::Offset(skipped) if !has_next && shown > 0 => Some(u64::from(*skipped) + shown),
        _ => None,
    }
}
