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

fn caller(role: Role) -> Caller {
    a_caller(&an_application(), KeyKind::Role(role))
}

fn claimed(headers: &[(&str, &str)], user: &str, body: &ReadBody) -> Option<IdempotencyClaim> {
    claimed_by(Role::Owner, headers, user, body)
}

fn claimed_by(
    role: Role,
    headers: &[(&str, &str)],
    user: &str,
    body: &ReadBody,
) -> Option<IdempotencyClaim> {
    let request = headers
        .iter()
        .fold(TestRequest::default(), |request, header| request.append_header(*header));
    let user = VendorData::parse(user).unwrap();
    let request = request.to_http_request();
    let caller = caller(role);
    claim(&request, &caller, Operation::UpdateUser, Some(&user), body).unwrap()
}

#[test]
fn the_fingerprint_covers_all_relevant_input() {
    let plain = body(JSON, "{}");
    let key = ("idempotency-key", "k");
    let first = claimed(&[key], "ada", &plain).unwrap();
    assert_eq!(claimed(&[key, ("x-other", "1")], "ada", &plain), Some(first));
    let compliance = claimed_by(Role::ComplianceOfficer, &[key], "ada", &plain);
    assert_eq!(compliance, Some(first));
    for other in [
        claimed_by(Role::Admin, &[key], "ada", &plain),
        claimed(&[key], "bob", &plain),
        claimed(&[key], "ada", &body(JSON, "{ }")),
        claimed(&[key], "ada", &body(MERGE_PATCH_JSON, "{}")),
        claimed(&[key, ("if-match", "*")], "ada", &plain),
    ] {
        let other = other.unwrap();
        assert_eq!(other.name(), first.name());
        assert_ne!(other, first);
    }
    assert_eq!(claimed(&[], "ada", &plain), None);
}

#[test]
fn an_invalid_key_is_malformed() {
    let too_long = "x".repeat(256);
    for values in [&[""][..], &["a b"], &["é"], &[&too_long], &["a", "a"]] {
        let request = values.iter().fold(TestRequest::default(), |request, value| {
            request.append_header(("idempotency-key", *value))
        });
        let request = request.to_http_request();
        let caller = caller(Role::Owner);
        let refused = claim(&request, &caller, Operation::CreateUser, None, &body(JSON, "{}"));
        let malformed = ApiError::Malformed(Malformed::IdempotencyKey);
        assert_eq!(refused, Err(malformed), "{values:?}");
    }
}
