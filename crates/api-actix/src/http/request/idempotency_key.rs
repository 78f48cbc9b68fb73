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
mod tests;
