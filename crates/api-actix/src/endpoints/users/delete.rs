//! `POST /v3/users/delete/`

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, Operation, VendorData};
use users_domain::service::Deletion;

use super::reply::{Reply, ResponseRenderer};
use super::{body_limits, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::{Ignored, claim, read_body};

/// The result of a deletion.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deletion")]
pub(crate) struct DeletionBody<'a> {
    deleted: u64,
    /// The `vendor_data` of users that were not deleted because they are under legal hold; present if there are any.
    /// With `delete_all`, the first thousand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = Deletion::MOST_HELD_NAMED))]
    held: Vec<&'a str>,
    /// Present if the time ran out, or the database became unavailable, after some users were deleted. A
    /// repeated request continues.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    remaining: bool,
}

/// Deletes the named users, or all users.
pub(crate) async fn delete(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let body = read_body(&request, payload, &body_limits::batch_delete(&state)).await?;
    let claim = claim(&request, &caller, Operation::DeleteUsers, None, &body)?;
    let mut ignored = Ignored::query(&request)?;
    let selection = wire::delete::read(body.members, &mut ignored);
    let renderer = ResponseRenderer::by(deleted, &ignored, &caller);
    let selection = ignored.attach(&request, selection);
    let once = renderer.once(claim);
    let selection = selection?.ok_or(ApiError::NothingSelected)?;
    let answered = state.users.delete(&caller, selection, once).await?;
    renderer.send(&answered, &request)
}

fn deleted(deletion: &Deletion, ignored: &Ignored, _: &Caller) -> Result<Reply, ApiError> {
    let body = DeletionBody {
        deleted: deletion.deleted,
        held: deletion.held.iter().map(VendorData::as_str).collect(),
        remaining: deletion.remaining,
    };
    Ok(Reply::new(StatusCode::OK, &body)?.ignoring(ignored))
}
