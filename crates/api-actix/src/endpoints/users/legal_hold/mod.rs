//! `/v3/users/{vendor_data}/legal-hold/`, and the same by id, also for deleted users.

mod answer;
pub(crate) mod openapi;

use actix_web::{HttpRequest, HttpResponse};
use users_domain::model::{Caller, UserId, UserKey};
use users_domain::rules::LegalHoldCommand;

pub(crate) use answer::HoldBody;
pub(crate) use {get as get_by_id, lift as lift_by_id, set as set_by_id};

use super::{body_limits, wire};
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::error::ApiError;
use crate::http::request::{Ignored, if_match, read_body, read_nothing, segment, vendor_data};
use answer::answer;

/// The index of the id in `/v3/users/by-id/{didit_internal_id}/…`, split at slashes.
const ID: usize = 4;

/// The user that the path names: by `vendor_data`, or by id, then also a deleted one.
fn user(request: &HttpRequest) -> Result<UserKey, ApiError> {
    let key = if request.match_info().get("didit_internal_id").is_some() {
        segment(request, ID, |text| UserId::parse(text).ok())?.map(UserKey::IdIncludingDeleted)
    } else {
        vendor_data(request)?.map(UserKey::VendorData)
    };
    key.ok_or(ApiError::NotFound)
}

/// Returns whether a user is under legal hold, since when and why.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let key = user(&context.request)?;
    let user = context.state.users.legal_hold(&caller, &key).await?;
    Ok(answer(&user.record, &caller))
}

/// Puts a user under legal hold, or changes the reason.
pub(crate) async fn set(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &body_limits::user(&state)).await?;
    let mut ignored = Ignored::query(&request)?;
    let key = user(&request)?;
    let if_match = if_match(request.headers())?;
    let command = wire::status::read_legal_hold(body.members, &mut ignored);
    let command = ignored.attach(&request, command);
    let users = &state.users;
    let check = users.check_precondition(&caller, &key, if_match.as_ref());
    let command = valid(command, check).await?;
    let written = users.change_legal_hold(&caller, key, command, if_match).await?;
    Ok(answer(&written.user.record, &caller))
}

/// Ends a user's legal hold; without one, nothing changes.
pub(crate) async fn lift(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    read_nothing(&request, payload, &body_limits::user(&state)).await?;
    let key = user(&request)?;
    let if_match = if_match(request.headers())?;
    let users = &state.users;
    users.change_legal_hold(&caller, key, LegalHoldCommand::Lifted, if_match).await?;
    Ok(HttpResponse::NoContent().finish())
}
