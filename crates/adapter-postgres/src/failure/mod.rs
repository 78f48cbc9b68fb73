//! Classifies the errors of calls to PostgreSQL.
//!
//! Never exposes a message of the server, because it may quote values of rows. Only SQLSTATE and the names of tables,
//! columns and constraints leave this module.

mod sqlstate;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use users_domain::ports::StoreError;

use sqlstate::SqlState;

/// The class of a failure, which determines its handling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The connection is lost.
    Lost,
    /// No response in time, or no connection.
    Unavailable,
    /// The server cancelled a statement: at the time limit, or on request of an operator.
    Cancelled,
    /// A read exceeded the time limit of reads.
    TooSlow,
    /// A conflict with other transactions: the same transaction may succeed when it is retried.
    Rerun,
    /// Another call holds the idempotency claim.
    Claimed,
    /// The server accepts no writes: it became a standby.
    ReadOnly,
    /// A constraint rejected a row.
    Constraint,
    /// The database lacks something that the service needs: a table, a function, a library, a right or an intact file.
    Broken,
    /// A defect of the service or of the server.
    Defect,
    /// An unrecognised error of the server with a position in the statement: most likely the same as `Broken`.
    Pointed,
    /// An unrecognised error of the server.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    reason: String,
}

impl Failure {
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self { kind: Kind::Unavailable, reason: reason.into() }
    }

    pub(crate) fn too_slow() -> Self {
        Self { kind: Kind::TooSlow, reason: "the read exceeded its time limit".to_owned() }
    }

    pub(crate) fn claimed() -> Self {
        Self { kind: Kind::Claimed, reason: "another call holds the claim".to_owned() }
    }

    pub(crate) fn defect(reason: impl Into<String>) -> Self {
        Self { kind: Kind::Defect, reason: reason.into() }
    }

    /// The reason, without values of rows.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    #[cfg(test)]
    pub(crate) fn broken(reason: &str) -> Self {
        Self { kind: Kind::Broken, reason: reason.to_owned() }
    }

    /// Whether the failure concerns the written rows, not the database: other calls may succeed.
    pub(crate) const fn concerns_rows(&self) -> bool {
        matches!(self.kind, Kind::Constraint | Kind::Defect | Kind::Unknown)
    }

    /// The failure of a call that took so long that it most likely waited for a lock. If the server's messages are not
    /// in English, the lock timeout is not recognised.
    pub(crate) fn after_a_wait(mut self) -> Self {
        if matches!(self.kind, Kind::Unknown | Kind::Pointed) {
            self.kind = Kind::Unavailable;
        }
        self
    }
}

impl From<StoreError> for Failure {
    /// Converts an error that the caller's part of a call returned.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { reason } => Self::unavailable(reason),
            StoreError::TooSlow => Self::too_slow(),
            StoreError::Defect { reason } => Self::defect(reason),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let reason = failure.reason;
        match failure.kind {
            Kind::Lost
            | Kind::Unavailable
            | Kind::Cancelled
            | Kind::Rerun
            | Kind::ReadOnly
            | Kind::Claimed => Self::Unavailable { reason },
            Kind::TooSlow => Self::TooSlow,
            Kind::Constraint | Kind::Broken | Kind::Pointed | Kind::Defect | Kind::Unknown => {
                Self::Defect { reason }
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => of_database(kind, information.as_ref()),
            // The error of the commit is more informative than the error of the rollback after it.
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            Error::BrokenTransactionManager => Self {
                kind: Kind::Lost,
                reason: "a transaction was left in an unknown state".to_owned(),
            },
            Error::DeserializationError(_) => Self::defect("a row could not be read"),
            Error::SerializationError(_) => Self::defect("a value could not be sent"),
            Error::QueryBuilderError(what) => {
                Self::defect(format!("a statement is malformed: {what}"))
            }
            Error::NotFound => Self::defect("a row is missing"),
            _ => Self::defect("the driver failed"),
        }
    }
}

fn of_database(kind: DatabaseErrorKind, information: &dyn DatabaseErrorInformation) -> Failure {
    let constraint = information.constraint_name();
    if kind == DatabaseErrorKind::UniqueViolation && constraint == Some("idempotency_claims_pkey") {
        return Failure::claimed();
    }
    if constraint == Some("applications_retention_shortened_by_owner") {
        return Failure::defect(
            "only the role that owns the schema may shorten retention_days: set MIGRATION_DATABASE_URL to a URL of that role",
        );
    }
    let code = SqlState::of(kind, information);
    let what = code.map_or("the server refused a statement", SqlState::meaning);
    let names = [
        ("SQLSTATE", Some(code.map_or("unknown", SqlState::as_str))),
        ("table", information.table_name()),
        ("column", information.column_name()),
        ("constraint", constraint),
    ];
    let names = names.into_iter().filter_map(|(of, name)| Some(format!(", {of} {}", name?)));
    let is_race = kind == DatabaseErrorKind::UniqueViolation && is_a_race(constraint);
    Failure {
        kind: match code {
            Some(_) if is_race => Kind::Rerun,
            Some(code) => code.kind(),
            None => Kind::Unknown,
        },
        reason: std::iter::once(what.to_owned()).chain(names).collect(),
    }
}

/// Whether another writer may cause a violation of the constraint by taking the same key: a report, or a restored user.
/// The second writer retries and decides on the rows that exist by then.
fn is_a_race(constraint: Option<&str>) -> bool {
    const KEYS: [&str; 4] = [
        "users_vendor_data_key",
        "user_sessions_pkey",
        "user_transactions_pkey",
        "user_risk_events_pkey",
    ];
    constraint.is_some_and(|name| KEYS.contains(&name))
}

#[cfg(test)]
mod tests;
