//! Counts the matching users with the requested precision.

use diesel::sql_types::BigInt;
use users_domain::model::{ApplicationId, Count, CountMode, ListUsers, UserStatus};
use users_domain::rules::listing;

use super::filter::Filter;
use crate::failure::Failure;
use crate::pool::Reading;
use crate::rows::unsigned;
use crate::statement::Statement;

/// Counts the matches. `seen` is the exact number if the page already shows it.
pub(super) fn count(
    reading: &mut Reading<'_>,
    application: ApplicationId,
    question: &ListUsers,
    filter: &Filter,
    seen: Option<u64>,
) -> Result<Count, Failure> {
    let mode = listing::count_mode(&question.filter, question.count);
    let matches = match (mode, seen) {
        (CountMode::None, _) => return Ok(Count::NotCounted),
        (_, Some(seen)) => seen,
        (CountMode::Estimate, None) => {
            return estimate(reading, application, &question.filter.statuses);
        }
        (CountMode::Exact, None) => matches(reading, filter, None)?,
        (CountMode::Capped, None) => matches(reading, filter, Some(Count::CAP + 1))?,
    };
    Ok(listing::count(matches, mode))
}

/// The number of matches, counted up to `most`.
pub(super) fn matches(
    reading: &mut Reading<'_>,
    filter: &Filter,
    most: Option<u64>,
) -> Result<u64, Failure> {
    let (join, condition) = (filter.join, &filter.condition);
    let matching = format!("FROM users u {join} WHERE {condition}");
    let text = match most {
        None => format!("SELECT count(*) AS count {matching}"),
        Some(most) => {
            format!("SELECT count(*) AS count FROM (SELECT {matching} LIMIT {most}) counted")
        }
    };
    let mut statement = Statement::new(text).bind_all(filter.binds.clone());
    if !filter.is_common {
        statement = statement.planned_each_time();
    }
    counted(statement, reading)
}

/// Estimates from the counts that the sequencer maintains; reads no user.
fn estimate(
    reading: &mut Reading<'_>,
    application: ApplicationId,
    statuses: &[UserStatus],
) -> Result<Count, Failure> {
    const READ: &str = "SELECT coalesce(sum(users), 0)::bigint AS count FROM user_counts
        WHERE application_id = $1 AND status = ANY($2)";
    let statuses = if statuses.is_empty() { &UserStatus::ALL } else { statuses };
    let words = statuses.iter().map(|status| status.as_str().to_owned());
    let statement = Statement::new(READ).bind(application.uuid()).bind(words.collect::<Vec<_>>());
    Ok(Count::About(counted(statement, reading)?))
}

fn counted(statement: Statement, reading: &mut Reading<'_>) -> Result<u64, Failure> {
    let count = reading.run(|connection| Ok(statement.typed_row::<BigInt, i64>(connection)?))?;
    unsigned("count", count)
}
