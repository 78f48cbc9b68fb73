//! `GET /v3/users/{vendor_data}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::answers;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::{is_unchanged, vendor_data};

/// Returns one user, or 304 if the client has this version.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let vendor_data = vendor_data(&context.request)?.ok_or(ApiError::NotFound)?;
    let user = context.state.users.find(&caller, &vendor_data).await?;
    if is_unchanged(context.request.headers(), &user.record, &caller) {
        return Ok(answers::not_modified(&user.record, &caller));
    }
    answers::detail(HttpResponse::Ok(), &user, &caller)
}
