//! `POST /v3/api-keys/{uuid}/rotate/`

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use users_domain::model::Caller;

use super::body::RotatedKeyBody;
use super::{answers, paths, wire};
use crate::error::ApiError;
use crate::exchange::{Exchange, with_secret};
use crate::request::{Ignored, read_optional_body};

/// Makes a key in the place of another, and shows its secret this once.
pub(crate) async fn rotate(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let members = read_optional_body(&request, payload, &answers::BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = paths::key(&request)?;
    let rotation = wire::rotate::read(members, state.users.now(), &mut ignored);
    let rotation = ignored.tell(&request, rotation);
    let rotation = answers::readable(rotation, &state.api_keys, &caller, id).await?;
    let _forgotten = state.keys.forgetting(id);
    let rotated = state.api_keys.rotate(&caller, id, rotation).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, paths::path_of(rotated.created.key.id)));
    Ok(with_secret(response, RotatedKeyBody::from(&rotated)))
}
