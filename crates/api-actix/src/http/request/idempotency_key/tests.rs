use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use testkit::{a_caller, an_application};
use users_domain::model::{KeyKind, Role};

use super::super::{Ignored, JSON, MERGE_PATCH_JSON, Members};
use super::*;

fn body(media_type: &'static str, text: &'static str) -> ReadBody {
    let ignored = Ignored::query(&TestRequest::default().to_http_request()).unwrap();
    let bytes = Bytes::from_static(text.as_bytes());
    ReadBody { media_type, members: Members::new(), bytes, ignored }
}

fn read(
    role: Role,
    headers: &[(&str, &str)],
    user: &str,
    body: &ReadBody,
) -> Result<Option<IdempotencyClaim>, ApiError> {
    let request = headers
        .iter()
        .fold(TestRequest::default(), |request, header| request.append_header(*header));
    let user = VendorData::parse(user).unwrap();
    let caller = a_caller(&an_application(), KeyKind::Role(role));
    claim(&request.to_http_request(), &caller, Operation::UpdateUser, Some(&user), body)
}

fn claimed(
    role: Role,
    headers: &[(&str, &str)],
    user: &str,
    body: &ReadBody,
) -> Option<IdempotencyClaim> {
    read(role, headers, user, body).unwrap()
}

#[test]
fn the_fingerprint_covers_all_relevant_input() {
    let plain = body(JSON, "{}");
    let key = ("idempotency-key", "k");
    let first = claimed(Role::Owner, &[key], "ada", &plain).unwrap();
    for same in [
        claimed(Role::Owner, &[key, ("x-other", "1")], "ada", &plain),
        claimed(Role::ComplianceOfficer, &[key], "ada", &plain),
    ] {
        assert_eq!(same, Some(first));
    }
    for other in [
        claimed(Role::Admin, &[key], "ada", &plain),
        claimed(Role::Owner, &[key], "bob", &plain),
        claimed(Role::Owner, &[key], "ada", &body(JSON, "{ }")),
        claimed(Role::Owner, &[key], "ada", &body(MERGE_PATCH_JSON, "{}")),
        claimed(Role::Owner, &[key, ("if-match", "*")], "ada", &plain),
    ] {
        let other = other.unwrap();
        assert_eq!(other.name(), first.name());
        assert_ne!(other, first);
    }
    assert_eq!(claimed(Role::Owner, &[], "ada", &plain), None);
}

#[test]
fn an_invalid_key_is_malformed() {
    let too_long = "x".repeat(256);
    for values in [&[""][..], &[" "], &["a b"], &["é"], &[&too_long], &["a", "a"]] {
        let headers: Vec<_> = values.iter().map(|value| ("idempotency-key", *value)).collect();
        let refused = read(Role::Owner, &headers, "ada", &body(JSON, "{}"));
        let malformed = ApiError::Malformed(Malformed::IdempotencyKey);
        assert_eq!(refused, Err(malformed), "{values:?}");
    }
}
