//! Reads the `Idempotency-Key` header and fingerprints the request.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue, IF_MATCH};
use users_domain::model::{
    Caller, Fingerprint, IdempotencyClaim, IdempotencyKey, Operation, VendorData,
};
use users_domain::rules::role_matrix::sees_hold_reasons;

use super::body::ReadBody;
use crate::http::error::{ApiError, Malformed};

pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The idempotency claim of a request; `None` without the header. Its fingerprint covers all input that determines the
/// response besides the operation: the user in the path, `If-Match`, the body and its media type, and whether the
/// caller may see the reasons of legal holds.
pub(crate) fn claim(
    request: &HttpRequest,
    caller: &Caller,
    operation: Operation,
    user: Option<&VendorData>,
    body: &ReadBody,
) -> Result<Option<IdempotencyClaim>, ApiError> {
    let malformed = || ApiError::Malformed(Malformed::IdempotencyKey);
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(malformed());
    }
    let text = value.to_str().map_err(|_| malformed())?;
    let key = IdempotencyKey::parse(text).map_err(|_| malformed())?;

    let hides_reasons = user.is_some() && !sees_hold_reasons(caller.grant.key.kind);
    let user = user.map(VendorData::as_str).unwrap_or_default();
    let mut parts = vec![user.as_bytes(), body.media_type.as_bytes(), &body.bytes];
    if hides_reasons {
        parts.push(b"without reasons");
    }
    let conditions = request.headers().get_all(IF_MATCH);
    parts.extend(conditions.map(HeaderValue::as_bytes));
    let fingerprint = Fingerprint::of(&parts);
    Ok(Some(IdempotencyClaim::new(operation, &key, fingerprint)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use actix_web::web::Bytes;
    use testkit::{a_caller, an_application};
    use users_domain::model::{KeyKind, Role};

    use super::super::{JSON, MERGE_PATCH_JSON, Members};
    use super::*;

    fn body(media_type: &'static str, text: &'static str) -> ReadBody {
        ReadBody {
            media_type,
            members: Members::new(),
            bytes: Bytes::from_static(text.as_bytes()),
        }
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
            .fold(TestRequest::default(), |request, header| {
                request.append_header(*header)
            });
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
        assert_eq!(
            claimed(&[key, ("x-other", "1")], "ada", &plain),
            Some(first)
        );
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
            let request = values
                .iter()
                .fold(TestRequest::default(), |request, value| {
                    request.append_header(("idempotency-key", *value))
                });
            let request = request.to_http_request();
            let caller = caller(Role::Owner);
            let refused = claim(
                &request,
                &caller,
                Operation::CreateUser,
                None,
                &body(JSON, "{}"),
            );
            let malformed = ApiError::Malformed(Malformed::IdempotencyKey);
            assert_eq!(refused, Err(malformed), "{values:?}");
        }
    }
}
