use super::*;

struct ErrorFields {
    message: &'static str,
    position: Option<i32>,
}

impl DatabaseErrorInformation for ErrorFields {
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
    Error::DatabaseError(kind, Box::new(ErrorFields { message, position })).into()
}

#[test]
fn temporary_errors_are_no_defects() {
    for message in [
        "could not extend file \"base/1/2\": No space left on device",
        "out of memory",
        "sorry, too many clients already",
        "the database system is shutting down",
        "terminating connection due to administrator command",
        "canceling statement due to user request",
    ] {
        let error = StoreError::from(of(DatabaseErrorKind::Unknown, message, None));
        assert!(matches!(error, StoreError::Unavailable { .. }), "{message}: {error}");
    }
}

#[test]
fn reasons_contain_codes_and_names_but_no_quoted_values() {
    let failure = of(DatabaseErrorKind::CheckViolation, "Ada violates it", None);
    let reason =
        "a constraint refused a row, SQLSTATE 23514, table users, constraint users_status_known";
    assert_eq!(failure.reason, reason);
    let unknown = of(DatabaseErrorKind::Unknown, "\"Ada\" is odd", None);
    assert_eq!(unknown.kind, Kind::Unknown);
    assert!(unknown.reason.contains("SQLSTATE unknown, table users"), "{}", unknown.reason);
    assert!(!unknown.reason.contains("Ada"));
}

#[test]
fn unknown_messages_are_classified_by_position_and_wait() {
    let unknown = DatabaseErrorKind::Unknown;
    let failure = of(unknown, "Funktion f() existiert nicht", Some(8));
    assert_eq!(failure.kind, Kind::Pointed);
    // An error about a locked table has a position as well.
    for position in [None, Some(8)] {
        let waited = of(unknown, "storniere Anfrage", position).after_a_wait();
        assert_eq!(waited.kind, Kind::Unavailable);
    }
    let broken = of(unknown, "permission denied for table users", None).after_a_wait();
    assert_eq!(broken.kind, Kind::Broken, "a wait does not change a known error");
}
