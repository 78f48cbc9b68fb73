//! `POST /v3/users/delete/`

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use users_domain::model::{Caller, Operation, VendorData};
use users_domain::service::Deletion;

use super::reply::{Reply, ResponseRenderer};
use super::{body_limits, wire};
use crate::error::ApiError;
use crate::request::{Ignored, claim, read_body};
use crate::request_context::RequestContext;

/// What a batch delete did.
#[derive(Serialize)]
pub(crate) struct DeletionBody<'a> {
    deleted: u64,
    /// There where somebody was not deleted, being under legal hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held: Vec<&'a str>,
    /// Present when the time ran out, or the database was away, after some were deleted. A repeat continues.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    remaining: bool,
}

/// Deletes the users that are named, or all.
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
    let telling = ResponseRenderer::by(deleted, &ignored, &caller);
    let selection = ignored.attach(&request, selection);
    let once = telling.once(claim);
    let selection = selection?.ok_or(ApiError::NothingSelected)?;
    let answered = state.users.delete(&caller, selection, once).await?;
    telling.send(&answered, &request)
}

fn deleted(deletion: &Deletion, ignored: &Ignored, _: &Caller) -> Result<Reply, ApiError> {
    let body = DeletionBody {
        deleted: deletion.deleted,
        held: deletion.held.iter().map(VendorData::as_str).collect(),
        remaining: deletion.remaining,
    };
    Ok(Reply::new(StatusCode::OK, &body)?.ignoring(ignored))
}
