//! What can go wrong in a call to PostgreSQL, and what follows from it.
//!
//! Never keeps a message of the server: it may quote values of rows. SQLSTATE and the names of tables, columns and constraints
//! are all that leaves this module.

mod sqlstate;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use users_domain::ports::StoreError;

use sqlstate::SqlState;

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
    /// The server takes no writes: it became a standby.
    ReadOnly,
    /// A constraint refused a row.
    Constraint,
    /// The database lacks what the service needs: a table, a function, a library, a right, a whole file.
    Broken,
    /// A defect, here or there.
    Defect,
    /// An error of the server that nothing is known of but that it points into the statement: most likely as `Broken`.
    Pointed,
    /// An error of the server that nothing is known of.
    Unknown,
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

    /// What was seen; without values.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    #[cfg(test)]
    pub(crate) fn broken(reason: &str) -> Self {
        Self {
            kind: Kind::Broken,
            reason: reason.to_owned(),
        }
    }

    /// Whether it is about what was to be done, and not about the database: something else may succeed.
    pub(crate) const fn is_of_the_rows(&self) -> bool {
        matches!(self.kind, Kind::Constraint | Kind::Defect | Kind::Unknown)
    }

    /// The same, after the call took so long that it most likely waited for a lock. In another language than English nothing
    /// is known of what a server says then.
    pub(crate) fn after_a_wait(mut self) -> Self {
        if matches!(self.kind, Kind::Unknown | Kind::Pointed) {
            self.kind = Kind::Unavailable;
        }
        self
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
    let names = names
        .into_iter()
        .filter_map(|(of, name)| Some(format!(", {of} {}", name?)));
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

/// Whether the constraint is about a name that another writer may take meanwhile: of a report, or of a user that is restored.
/// The second one decides again, on what is there by then.
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
mod tests {
    use super::*;

    /// What PostgreSQL tells beside a message.
    struct Told {
        message: &'static str,
        position: Option<i32>,
    }

    impl DatabaseErrorInformation for Told {
        fn message(&self) -> &str {
            self.message
        }
        fn details(&self) -> Option<&str> {
            Some("Key (vendor_data)=(Ada) already exists.")
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            Some("users")
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            Some("users_status_known")
        }
        fn statement_position(&self) -> Option<i32> {
            self.position
        }
    }

    fn of(kind: DatabaseErrorKind, message: &'static str, position: Option<i32>) -> Failure {
        Error::DatabaseError(kind, Box::new(Told { message, position })).into()
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
            let error = StoreError::from(of(DatabaseErrorKind::Unknown, message, None));
            assert!(
                matches!(error, StoreError::Unavailable { .. }),
                "{message}: {error}"
            );
        }
    }

    #[test]
    fn codes_and_names_are_told_and_nothing_that_the_server_quotes() {
        let failure = of(DatabaseErrorKind::CheckViolation, "Ada violates it", None);
        let reason = "a constraint refused a row, SQLSTATE 23514, table users, constraint users_status_known";
        assert_eq!(failure.reason, reason);
        let unknown = of(DatabaseErrorKind::Unknown, "\"Ada\" is odd", None);
        assert_eq!(unknown.kind, Kind::Unknown);
        assert!(
            unknown.reason.contains("SQLSTATE unknown, table users"),
            "{}",
            unknown.reason
        );
        assert!(!unknown.reason.contains("Ada"));
    }

    #[test]
    fn in_another_language_what_is_pointed_at_is_broken_and_what_waited_is_away() {
        let unknown = DatabaseErrorKind::Unknown;
        let failure = of(unknown, "Funktion f() existiert nicht", Some(8));
        assert_eq!(failure.kind, Kind::Pointed);
        // A table whose lock is waited for is pointed at as well.
        for position in [None, Some(8)] {
            let waited = of(unknown, "storniere Anfrage", position).after_a_wait();
            assert_eq!(waited.kind, Kind::Unavailable);
        }
        let broken = of(unknown, "permission denied for table users", None).after_a_wait();
        assert_eq!(broken.kind, Kind::Broken, "a wait changes nothing of it");
    }
}
