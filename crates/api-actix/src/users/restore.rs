//! `POST /v3/users/restore/`

use actix_web::HttpResponse;
use serde::Serialize;
use users_domain::model::{Caller, VendorData};

use super::{rules, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, read_body};

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
    let mut ignored = Ignored::query(&request)?;
    let wish = wire::restore::read(body.members, &mut ignored);
    let wish = ignored.tell(&request, wish);
    let restoration = state.deleted_users.restore(&caller, &wish?).await?;
    let conflicts = restoration.conflicts.iter().map(VendorData::as_str);
    Ok(HttpResponse::Ok().json(RestorationBody {
        restored: restoration.restored,
        conflicts: conflicts.collect(),
    }))
}
