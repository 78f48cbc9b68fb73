use super::*;

#[test]
fn every_code_derived_from_a_message_has_a_handled_class() {
    for (message, code) in MESSAGES {
        let found = SqlState::of(DatabaseErrorKind::Unknown, &message.to_owned());
        assert_eq!(found.map(SqlState::as_str), Some(code), "{message}");
        let is_about_values = code.starts_with("22");
        assert_eq!(SqlState(code).kind() == Kind::Defect, is_about_values, "{code}");
    }
}

#[test]
fn the_code_determines_the_kind() {
    for (code, kind) in [
        ("08006", Kind::Lost),
        ("0A000", Kind::Lost),
        ("22P02", Kind::Defect),
        ("23505", Kind::Constraint),
        ("25006", Kind::ReadOnly),
        ("40001", Kind::Rerun),
        ("40P01", Kind::Rerun),
        (SqlState::POINTED.0, Kind::Pointed),
        ("42501", Kind::Broken),
        ("42883", Kind::Broken),
        ("53100", Kind::Unavailable),
        ("55P03", Kind::Unavailable),
        ("57014", Kind::Cancelled),
        ("26000", Kind::Lost),
        ("57P01", Kind::Lost),
        ("58P01", Kind::Broken),
        ("XX001", Kind::Broken),
    ] {
        assert_eq!(SqlState(code).kind(), kind, "{code}");
    }
}
#[test]
fn objects_missing_inside_functions_are_broken() {
    let of = |message: &str| SqlState::of(DatabaseErrorKind::Unknown, &message.to_owned());
    for message in [
        "function count_all() does not exist",
        "relation \"user_counts\" does not exist",
        "column u.status does not exist",
    ] {
        let kind = of(message).map(SqlState::kind);
        assert_eq!(kind, Some(Kind::Broken), "{message}");
    }
    assert_eq!(of("prepared statement \"7\" does not exist").map(SqlState::kind), Some(Kind::Lost));
}
