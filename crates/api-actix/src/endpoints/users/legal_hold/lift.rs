//! `DELETE /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;
use users_domain::rules::LegalHoldCommand;

use super::Named;
use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::body_limits;
use crate::http::error::ApiError;
use crate::http::request::{if_match, read_nothing};

/// Ends a user's legal hold; without one, nothing changes.
pub(crate) async fn lift(
    context: RequestContext,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    read_nothing(&request, payload, &body_limits::user(&state)).await?;
    let key = named(&request)?;
    let if_match = if_match(request.headers())?;
    let users = &state.users;
    users
        .change_legal_hold(&caller, key, LegalHoldCommand::Lifted, if_match)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
