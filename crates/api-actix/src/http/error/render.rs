//! Renders errors in the two shapes of error responses.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE,
};
use serde::Serialize;
use users_domain::model::RequestId;

use super::{ApiError, ErrorCode, FieldErrors};

const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

/// The wait before a retry when the service is unavailable or the same request is in progress, in seconds.
const RETRY_AFTER_SECONDS: u32 = 1;
/// The wait before a retry when the quota is exceeded, in seconds: stored responses expire after a day, and usage is
/// measured every five minutes.
const QUOTA_RETRY_AFTER_SECONDS: u32 = 300;

/// The shape of an error response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"detail": …}` or `{"field": ["message", …]}`, as in Django REST framework.
    Reference,
    /// RFC 9457.
    ProblemDetails,
}

impl Shape {
    /// Problem details for clients that name their media type and do not prefer plain JSON.
    pub(crate) fn wanted_by(headers: &HeaderMap) -> Self {
        if prefers(headers, PROBLEM_JSON) { Self::ProblemDetails } else { Self::Reference }
    }
}

/// Whether a client names a media type and does not prefer plain JSON.
pub(crate) fn prefers(headers: &HeaderMap, media_type: &str) -> bool {
    let quality_of = |media_type: &str| {
        headers
            .get_all(ACCEPT)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|range| quality(range, media_type))
            .max()
    };
    match (quality_of(media_type), quality_of(JSON)) {
        (Some(wanted), plain) => wanted > 0 && plain.is_none_or(|plain| plain <= wanted),
        (None, _) => false,
    }
}

/// The weight that a media range gives to a type, in thousandths (RFC 9110 section 12.4.2).
fn quality(range: &str, media_type: &str) -> Option<u16> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(media_type) {
        return None;
    }
    let weight = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    Some(weight.map_or(1000, thousandths))
}

/// `0`, `0.5`, `1.000`; anything else counts as 0.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    match (whole, fraction.len()) {
        ("1", _) => 1000,
        ("0", 0..=3) => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<FieldErrors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Detail {
    detail: String,
}

pub(crate) fn render(
    error: &ApiError,
    shape: Shape,
    request_id: Option<&RequestId>,
) -> HttpResponse {
    let code = error.code();
    let mut response = HttpResponse::build(code.status());
    match error {
        ApiError::MethodNotAllowed { allowed } => {
            let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
            response.insert_header((ALLOW, allowed.join(", ")));
        }
        ApiError::NotAuthenticated | ApiError::InvalidKey => {
            response.insert_header((WWW_AUTHENTICATE, "ApiKey"));
        }
        ApiError::RateLimited { retry_after_seconds, .. } => {
            response.insert_header((RETRY_AFTER, retry_after_seconds.to_string()));
        }
        // Later bytes of the body must not be read as another request.
        ApiError::RequestTimeout => {
            response.force_close();
        }
        ApiError::IdempotencyQuotaExceeded => {
            response.insert_header((RETRY_AFTER, QUOTA_RETRY_AFTER_SECONDS.to_string()));
        }
        ApiError::Unavailable { .. } | ApiError::IdempotencyKeyInUse => {
            response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS.to_string()));
        }
        _ => {}
    }
    match shape {
        Shape::ProblemDetails => {
            response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
            response.json(problem(error, code, request_id))
        }
        Shape::Reference => match (error, error.fields()) {
            (ApiError::NothingSelected, _) => response.json([error.detail()]),
            (_, Some(fields)) => response.json(fields),
            (_, None) => response.json(Detail { detail: error.detail() }),
        },
    }
}

fn problem<'a>(
    error: &ApiError,
    code: ErrorCode,
    request_id: Option<&'a RequestId>,
) -> Problem<'a> {
    Problem {
        r#type: format!("urn:users-service:error:{}", code.as_str()),
        title: code.title(),
        status: code.status().as_u16(),
        detail: error.detail(),
        code: code.as_str(),
        errors: error.fields(),
        request_id: request_id.map(RequestId::as_str),
    }
}

#[cfg(test)]
mod tests;
