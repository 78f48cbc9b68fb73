//! `POST /v3/users/restore/`

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use users_domain::model::{Caller, Operation, VendorData};
use users_domain::service::Restoration;

use super::reply::{Reply, Telling};
use super::{rules, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, claim, read_body};

/// What a restoration did.
#[derive(Serialize)]
struct RestorationBody<'a> {
    restored: u64,
    conflicts: Vec<&'a str>,
}

/// Brings the deleted users back that are named.
pub(crate) async fn restore(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let body = read_body(&request, payload, &rules::batch_delete(&state)).await?;
    let claim = claim(&request, &caller, Operation::RestoreUsers, None, &body)?;
    let mut ignored = Ignored::query(&request)?;
    let wish = wire::restore::read(body.members, &mut ignored);
    let telling = Telling::by(restored, &ignored, &caller);
    let wish = ignored.tell(&request, wish);
    let once = telling.once(claim);
    let answered = state.deleted_users.restore(&caller, &wish?, once).await?;
    telling.send(&answered, &request)
}

fn restored(restoration: &Restoration, ignored: &Ignored, _: &Caller) -> Result<Reply, ApiError> {
    let conflicts = restoration.conflicts.iter().map(VendorData::as_str);
    let body = RestorationBody {
        restored: restoration.restored,
        conflicts: conflicts.collect(),
    };
    Ok(Reply::new(StatusCode::OK, &body)?.ignoring(ignored))
}
