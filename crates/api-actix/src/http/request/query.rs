//! Reads the query strings of requests.

use actix_web::HttpRequest;

use crate::http::error::ApiError;
use crate::http::query_string;

/// The query string as pairs, in order.
pub(crate) fn query(request: &HttpRequest) -> Result<Vec<(String, String)>, ApiError> {
    Ok(query_string::decode(request.query_string())?)
}
