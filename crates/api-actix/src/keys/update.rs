//! `PATCH /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::KeyBody;
use super::{answers, paths, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, read_body};

/// Changes what is said about a key; never its secret.
pub(crate) async fn update(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let body = read_body(&request, payload, &answers::BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = paths::key(&request)?;
    let update = wire::update::read(
        body.members,
        &wire::Bounds::of(&caller, &state),
        &mut ignored,
    );
    let update = ignored.tell(&request, update);
    let update = answers::readable(update, &state.api_keys, &caller, id).await?;
    let _forgotten = state.keys.forgetting(id);
    let key = state.api_keys.update(&caller, id, update).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}
