//! `PATCH /v3/users/{vendor_data}/update-status/`

use actix_web::HttpResponse;
use users_domain::model::{Caller, Operation, UserKey};
use users_domain::rules::status_machine::trigger_of;

use super::reply::ResponseRenderer;
use super::update::changed;
use super::{answers, body_limits, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::{Ignored, claim, if_match, read_body, vendor_data};

/// Changes the status of a user.
pub(crate) async fn update_status(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let body = read_body(&request, payload, &body_limits::user(&state)).await?;
    let mut ignored = Ignored::query(&request)?;
    let vendor_data = vendor_data(&request)?.ok_or(ApiError::NotFound)?;
    let claim = claim(
        &request,
        &caller,
        Operation::UpdateStatus,
        Some(&vendor_data),
        &body,
    )?;
    let if_match = if_match(request.headers())?;
    let trigger = trigger_of(caller.grant.key.kind.role());
    let command = wire::update_status::read(body.members, trigger, &mut ignored);
    let renderer = ResponseRenderer::by(changed, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let (users, condition) = (&state.users, if_match.as_ref());
    let key = UserKey::VendorData(vendor_data.clone());
    let command = answers::readable(command, users, &caller, &key, condition).await?;
    let once = renderer.once(claim);
    let answered = users
        .change_status(&caller, vendor_data, command, if_match, once)
        .await?;
    renderer.send(&answered, &request)
}
