//! `POST /v3/users/create/`

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use users_domain::model::Caller;

use super::{answers, rules, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, path_of, query, read_body};

/// Makes a user.
pub(crate) async fn create(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let body = read_body(&request, payload, &rules::user(&state)).await?;
    let mut ignored = Ignored::query(query(&request)?);
    let today = state.users.now().date();
    let command = wire::create::read(body.members, today, &mut ignored);
    ignored.tell(&request);
    let user = state.users.create(&caller, command?).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, path_of(&user.record.vendor_data)));
    answers::detail(response, &user)
}
