//! `POST /v3/users/restore/`

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, Operation, VendorData};
use users_domain::service::Restoration;

use super::wire;
use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::body_limits;
use crate::endpoints::users::reply::{Reply, ResponseRenderer};
use crate::http::error::ApiError;
use crate::http::request::{Ignored, claim, read_body};

/// The result of a restoration.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Restoration")]
pub(super) struct RestorationBody<'a> {
    restored: u64,
    /// The `vendor_data` of users that remain deleted because another user has it now.
    conflicts: Vec<&'a str>,
}

/// Restores the named deleted users.
pub(crate) async fn restore(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let body = read_body(&request, payload, &body_limits::batch_delete(&state)).await?;
    let claim = claim(&request, &caller, Operation::RestoreUsers, None, &body)?;
    let mut ignored = Ignored::query(&request)?;
    let command = wire::read(body.members, &mut ignored);
    let renderer = ResponseRenderer::by(restored, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let once = renderer.once(claim);
    let answered = state
        .deleted_users
        .restore(&caller, &command?, once)
        .await?;
    renderer.send(&answered, &request)
}

fn restored(restoration: &Restoration, ignored: &Ignored, _: &Caller) -> Result<Reply, ApiError> {
    let conflicts = restoration.conflicts.iter().map(VendorData::as_str);
    let body = RestorationBody {
        restored: restoration.restored,
        conflicts: conflicts.collect(),
    };
    Ok(Reply::new(StatusCode::OK, &body)?.ignoring(ignored))
}
