//! Answers about one user.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, HttpResponseBuilder};
use users_domain::model::{UserDetail, UserRecord};

use super::body::UserDetailBody;
use crate::error::ApiError;
use crate::request::{Ignored, etag};

/// A user by itself, at its version.
pub(super) fn detail(
    mut response: HttpResponseBuilder,
    user: &UserDetail,
    ignored: &Ignored,
) -> Result<HttpResponse, ApiError> {
    add_headers(&mut response, &user.record, ignored);
    Ok(response.json(UserDetailBody::try_from(user)?))
}

/// The client has this version of the user already.
pub(super) fn not_modified(user: &UserRecord, ignored: &Ignored) -> HttpResponse {
    let mut response = HttpResponse::NotModified();
    add_headers(&mut response, user, ignored);
    response.finish()
}

fn add_headers(response: &mut HttpResponseBuilder, user: &UserRecord, ignored: &Ignored) {
    response.insert_header((ETAG, etag(user)));
    if let Some(header) = ignored.header() {
        response.insert_header(header);
    }
}
