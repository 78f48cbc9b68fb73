//! Rows as the tables hold them, and the way between them and the domain's values.
//!
//! What is stored was valid once; a row that no longer is makes the call fail, and never becomes a value.

mod comment;
mod evidence;
mod health;
mod json;
mod legal_hold;
mod page;
mod tag;
mod user;

pub(crate) use comment::COMMENTS_OF_USER;
pub(crate) use evidence::{
    EvidenceRow, OWNER_COLUMNS, OwnedRow, RISK_EVENT_COLUMNS, RiskEventRow, SESSION_COLUMNS,
    SessionRow, TRANSACTION_COLUMNS, TransactionRow,
};
pub(crate) use health::{lane_health, stored_health};
pub(crate) use json::json;
pub(crate) use page::page_of_records;
pub(crate) use user::{DetailRow, RECORD_COLUMNS, RecordRow};

use users_domain::model::InvalidValue;

use crate::failure::Failure;

/// Names the column, never the value.
pub(crate) fn invalid(column: &'static str) -> impl Fn(InvalidValue) -> Failure {
    move |_| Failure::defect(format!("the stored {column} is not valid"))
}

/// A count that the database keeps signed.
pub(crate) fn unsigned<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T, Failure> {
    T::try_from(value).map_err(|_| Failure::defect(format!("the stored {column} is out of range")))
}

/// JSON that a query takes apart.
pub(crate) fn json_of(rows: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(rows).map_err(|_| Failure::defect("rows could not be written as JSON"))
}

/// JSON that a query made; `column` names it where it is not as expected.
pub(crate) fn from_json<'a, T: serde::Deserialize<'a>>(
    column: &'static str,
    text: &'a str,
) -> Result<T, Failure> {
    serde_json::from_str(text)
        .map_err(|_| Failure::defect(format!("the stored {column} has another form")))
}
