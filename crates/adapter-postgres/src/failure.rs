//! What can go wrong in a call to PostgreSQL, and what follows from it.
//!
//! Never keeps a message of the server whole: it may quote values of rows. Names of constraints and kinds of errors are
//! all that leaves this module.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use users_domain::ports::StoreError;

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The connection is gone.
    Lost,
    /// No answer in time, or no connection.
    Unavailable,
    /// The server ended a statement: for its time, or as an operator asked for it.
    Cancelled,
    /// A read takes longer than reads may.
    TooSlow,
    /// Others were in the way: the same transaction may succeed when it is run again.
    Rerun,
    /// The claim of a call that is carried out once is somebody else's.
    Claimed,
    /// A constraint refused a row.
    Constraint,
    /// A defect, here or there.
    Defect,
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    reason: String,
}

impl Failure {
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self {
            kind: Kind::Unavailable,
            reason: reason.into(),
        }
    }

    pub(crate) fn too_slow() -> Self {
        Self {
            kind: Kind::TooSlow,
            reason: "the read took longer than reads may".to_owned(),
        }
    }

    pub(crate) fn claimed() -> Self {
        Self {
            kind: Kind::Claimed,
            reason: "the claim is somebody else's".to_owned(),
        }
    }

    pub(crate) fn defect(reason: impl Into<String>) -> Self {
        Self {
            kind: Kind::Defect,
            reason: reason.into(),
        }
    }

    /// Whether it is about what was to be done, and not about the database: something else may succeed.
    pub(crate) const fn is_of_the_rows(&self) -> bool {
        matches!(self.kind, Kind::Constraint | Kind::Defect)
    }
}

impl From<StoreError> for Failure {
    /// What a caller's own part of the call failed with.
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
            Kind::Lost | Kind::Unavailable | Kind::Cancelled | Kind::Rerun | Kind::Claimed => {
                Self::Unavailable { reason }
            }
            Kind::TooSlow => Self::TooSlow,
            Kind::Constraint | Kind::Defect => Self::Defect { reason },
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => of_database(kind, information.as_ref()),
            // The commit's own failure tells more than that of the rollback after it.
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
    let failure = |kind, reason: &str| Failure {
        kind,
        reason: reason.to_owned(),
    };
    match kind {
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            failure(Kind::Lost, "the connection was closed")
        }
        // A server that became a standby: another connection may find the new primary.
        DatabaseErrorKind::ReadOnlyTransaction => failure(Kind::Lost, "the server takes no writes"),
        DatabaseErrorKind::SerializationFailure => failure(Kind::Rerun, "transactions collided"),
        DatabaseErrorKind::UniqueViolation if is_a_race(information.constraint_name()) => {
            failure(Kind::Rerun, "somebody else was faster")
        }
        DatabaseErrorKind::UniqueViolation
            if information.constraint_name() == Some("idempotency_claims_pkey") =>
        {
            Failure::claimed()
        }
        DatabaseErrorKind::UniqueViolation
        | DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::RestrictViolation
        | DatabaseErrorKind::ExclusionViolation => {
            failure(Kind::Constraint, &refused_by(kind, information))
        }
        _ => of_message(information.message()),
    }
}

/// Whether the constraint is about a name that somebody else may take meanwhile: of a report, or of a user that is restored.
/// Who comes second decides again, on what is there by then.
fn is_a_race(constraint: Option<&str>) -> bool {
    const KEYS: [&str; 4] = [
        "users_vendor_data_key",
        "user_sessions_pkey",
        "user_transactions_pkey",
        "user_risk_events_pkey",
    ];
    constraint.is_some_and(|name| KEYS.contains(&name))
}

fn refused_by(kind: DatabaseErrorKind, information: &dyn DatabaseErrorInformation) -> String {
    format!(
        "{kind:?} of {} on {}",
        information
            .constraint_name()
            .unwrap_or("no named constraint"),
        information.table_name().unwrap_or("no table")
    )
}

/// diesel does not pass on SQLSTATE, so what it calls unknown is told by its text. Of a server that speaks another
/// language these failures count as defects: the answer is still an error, only without a second try.
fn of_message(message: &str) -> Failure {
    const NO_MEMORY: &str = "the server is out of memory";
    const NO_ROOM: &str = "the server cannot write to its disk";
    const NO_SLOT: &str = "the server takes no more connections";
    const TOLD: [(&str, Kind, &str); 17] = [
        ("deadlock detected", Kind::Rerun, "deadlock"),
        (
            "canceling statement due to lock timeout",
            Kind::Unavailable,
            "a lock was not free in time",
        ),
        (
            "canceling statement due to statement timeout",
            Kind::Cancelled,
            "a statement took too long",
        ),
        (
            "canceling statement due to conflict with recovery",
            Kind::Unavailable,
            "the standby cancelled a statement",
        ),
        (
            "canceling statement due to user request",
            Kind::Cancelled,
            "an operator cancelled a statement",
        ),
        // Class 53: what the server lacks may be there later.
        ("out of memory", Kind::Unavailable, NO_MEMORY),
        ("out of shared memory", Kind::Unavailable, NO_MEMORY),
        ("could not extend file", Kind::Unavailable, NO_ROOM),
        ("could not write", Kind::Unavailable, NO_ROOM),
        (
            "could not resize shared memory segment",
            Kind::Unavailable,
            NO_MEMORY,
        ),
        ("temporary file size exceeds", Kind::Unavailable, NO_ROOM),
        ("sorry, too many clients", Kind::Unavailable, NO_SLOT),
        ("too many connections", Kind::Unavailable, NO_SLOT),
        ("remaining connection slots", Kind::Unavailable, NO_SLOT),
        // Class 57P: starting up, shutting down, recovering.
        (
            "the database system is",
            Kind::Lost,
            "the server is starting or stopping",
        ),
        (
            "terminating connection",
            Kind::Lost,
            "the server ended the connection",
        ),
        (
            "cached plan must not change result type",
            Kind::Lost,
            "the schema changed under a prepared statement",
        ),
    ];
    TOLD.iter()
        .find(|(beginning, ..)| message.starts_with(beginning))
        .map_or_else(
            || Failure::defect("the server refused a statement"),
            |(_, kind, reason)| Failure {
                kind: *kind,
                reason: (*reason).to_owned(),
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str) -> StoreError {
        let information = Box::new(message.to_owned());
        let error = Error::DatabaseError(DatabaseErrorKind::Unknown, information);
        Failure::from(error).into()
    }

    #[test]
    fn what_may_pass_by_itself_is_no_defect() {
        for message in [
            "could not extend file \"base/1/2\": No space left on device",
            "out of memory",
            "sorry, too many clients already",
            "the database system is shutting down",
            "terminating connection due to administrator command",
            "canceling statement due to user request",
        ] {
            let error = of(message);
            assert!(
                matches!(error, StoreError::Unavailable { .. }),
                "{message}: {error}"
            );
        }
    }

    #[test]
    fn what_the_server_quotes_is_not_passed_on() {
        let error = of("invalid input syntax for type date: \"Ada\"");
        assert!(matches!(error, StoreError::Defect { .. }));
        assert!(!error.to_string().contains("Ada"));
    }
}
