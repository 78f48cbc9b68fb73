//! `POST /v3/api-keys/`

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use users_domain::model::Caller;

use super::body::NewKeyBody;
use super::{answers, paths, wire};
use crate::error::ApiError;
use crate::exchange::{Exchange, with_secret};
use crate::request::{Ignored, read_body};

/// Makes a key, and shows its secret this once.
pub(crate) async fn create(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let body = read_body(&request, payload, &answers::BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let new = wire::create::read(
        body.members,
        &wire::Bounds::of(&caller, &state),
        &mut ignored,
    );
    let new = ignored.tell(&request, new);
    let created = state.api_keys.create(&caller, new?).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, paths::path_of(created.key.id)));
    Ok(with_secret(response, NewKeyBody::from(&created)))
}
