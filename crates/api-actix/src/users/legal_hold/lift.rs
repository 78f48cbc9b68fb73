//! `DELETE /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;
use users_domain::rules::LegalHoldWish;

use super::Named;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{if_match, read_nothing};
use crate::users::rules;

/// Ends a user's legal hold. Where there is none, that is so already.
pub(crate) async fn lift(
    exchange: Exchange,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    read_nothing(&request, payload, &rules::user(&state)).await?;
    let key = named(&request)?;
    let if_match = if_match(request.headers())?;
    let users = &state.users;
    users
        .change_legal_hold(&caller, key, LegalHoldWish::Lifted, if_match)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
