//! Responses about one user.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, HttpResponseBuilder};
use users_domain::model::{Caller, UserDetail, UserKey, UserRecord};
use users_domain::rules::IfMatch;
use users_domain::service::UserService;

use super::body::UserDetailBody;
use crate::http::error::{ApiError, FieldErrors};
use crate::http::request::etag;

/// The detail of a user with its entity tag.
pub(super) fn detail(
    mut response: HttpResponseBuilder,
    user: &UserDetail,
    caller: &Caller,
) -> Result<HttpResponse, ApiError> {
    response.insert_header((ETAG, etag(&user.record, caller)));
    Ok(response.json(UserDetailBody::of(user, caller)?))
}

/// 304, for a client that has this version already.
pub(super) fn not_modified(user: &UserRecord, caller: &Caller) -> HttpResponse {
    let mut response = HttpResponse::NotModified();
    response.insert_header((ETAG, etag(user, caller)));
    response.finish()
}

/// Returns the command, or its field errors. An unknown user or a failed precondition takes precedence over field
/// errors.
pub(super) async fn readable<T>(
    command: Result<T, FieldErrors>,
    users: &UserService,
    caller: &Caller,
    key: &UserKey,
    if_match: Option<&IfMatch>,
) -> Result<T, ApiError> {
    match command {
        Ok(command) => Ok(command),
        Err(errors) => {
            users.check_precondition(caller, key, if_match).await?;
            Err(errors.into())
        }
    }
}
