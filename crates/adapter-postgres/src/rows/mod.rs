//! The rows of the tables, and their conversion to and from the domain's values.
//!
//! Stored values were validated when written; an invalid row makes the call fail.

mod columns;
mod comment;
mod evidence;
mod health;
mod json;
mod page;
mod tag;
mod user;
mod values;

pub(crate) use columns::{Columns, StoredColumn, assignments, names, selected, typed};
pub(crate) use comment::COMMENTS_OF_USER;
pub(crate) use evidence::{OWNER_COLUMNS, OwnedRow, Reported, SESSION_COLUMNS, SessionRow};
pub(crate) use health::{lane_health, stored_health};
pub(crate) use json::json;
pub(crate) use page::page_of_records;
pub(crate) use user::{DetailRow, RECORD_COLUMNS, RecordRow};

use users_domain::model::InvalidValue;

use crate::failure::Failure;

/// An error that names the column, never the value.
pub(crate) fn invalid(column: &'static str) -> impl Fn(InvalidValue) -> Failure {
    move |_| Failure::defect(format!("the stored {column} is not valid"))
}

/// Converts a count, which the database stores signed.
pub(crate) fn unsigned<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T, Failure> {
    T::try_from(value).map_err(|_| Failure::defect(format!("the stored {column} is out of range")))
}

pub(crate) fn optional_unsigned<T: TryFrom<i64>>(
    column: &'static str,
    value: Option<i64>,
) -> Result<Option<T>, Failure> {
    value.map(|value| unsigned(column, value)).transpose()
}

/// Serialises rows as JSON for a query.
pub(crate) fn json_of(rows: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(rows).map_err(|_| Failure::defect("rows could not be written as JSON"))
}

/// Parses JSON from a query; `column` names it in the error.
pub(crate) fn from_json<'a, T: serde::Deserialize<'a>>(
    column: &'static str,
    text: &'a str,
) -> Result<T, Failure> {
    serde_json::from_str(text)
        .map_err(|_| Failure::defect(format!("the stored {column} has another form")))
}
