//! Reads path segments from the raw URI, because the framework's decoded form replaces invalid UTF-8.

use std::borrow::Cow;

use actix_web::HttpRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use users_domain::model::VendorData;

use crate::http::error::{ApiError, Malformed};
use crate::http::query_string::is_percent_encoded;

/// The index of `{vendor_data}` in `/v3/users/{vendor_data}/…`, split at slashes.
const SEGMENT: usize = 3;

/// The characters to percent-encode: all but the unreserved ones (RFC 3986 section 2.3).
pub(crate) const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn path_of(vendor_data: &VendorData) -> String {
    let segment = utf8_percent_encode(vendor_data.as_str(), ENCODED);
    format!("/v3/users/{segment}/")
}

/// The `vendor_data` of the path; `None` if the segment is not a valid one.
pub(crate) fn vendor_data(request: &HttpRequest) -> Result<Option<VendorData>, ApiError> {
    segment(request, SEGMENT, |text| VendorData::parse(text).ok())
}

/// The result of `parse` on a path segment; `None` also if the segment is not text.
pub(crate) fn segment<T>(
    request: &HttpRequest,
    index: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let raw = request.uri().path().split('/').nth(index);
    let text = decode(raw.unwrap_or_default())?;
    Ok(text.as_deref().and_then(parse))
}

fn decode(raw: &str) -> Result<Option<Cow<'_, str>>, Malformed> {
    let Ok(text) = percent_decode_str(raw).decode_utf8() else {
        return Ok(None);
    };
    if !is_percent_encoded(raw) {
        return Ok(None);
    }
    if text.contains('\0') {
        return Err(Malformed::NulInPath);
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests;
