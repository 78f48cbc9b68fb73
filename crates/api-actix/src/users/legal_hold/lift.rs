//! `DELETE /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;
use users_domain::rules::LegalHoldWish;

use super::Named;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, if_match};

/// Ends a user's legal hold. Where there is none, that is so already.
pub(crate) async fn lift(
    exchange: Exchange,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    Ignored::query(exchange.query()?).tell(&exchange.request);
    let key = named(&exchange.request)?;
    let if_match = if_match(exchange.request.headers());
    let users = &exchange.state.users;
    users
        .change_legal_hold(&caller, key, LegalHoldWish::Lifted, if_match)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
