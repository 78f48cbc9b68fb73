//! `PUT /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::Named;
use super::answer::answer;
use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::{answers, body_limits, wire};
use crate::http::error::ApiError;
use crate::http::request::{Ignored, if_match, read_body};

/// Puts a user under legal hold, or changes the reason.
pub(crate) async fn set(
    context: RequestContext,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let body = read_body(&request, payload, &body_limits::user(&state)).await?;
    let mut ignored = Ignored::query(&request)?;
    let key = named(&request)?;
    let if_match = if_match(request.headers())?;
    let command = wire::legal_hold::read(body.members, &mut ignored);
    let command = ignored.attach(&request, command);
    let (users, condition) = (&state.users, if_match.as_ref());
    let command = answers::readable(command, users, &caller, &key, condition).await?;
    let written = users
        .change_legal_hold(&caller, key, command, if_match)
        .await?;
    Ok(answer(&written.user.record, &caller))
}
