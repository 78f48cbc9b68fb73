//! `GET /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::Named;
use super::answer::answer;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::Ignored;

/// Whether a user is under legal hold, since when and why.
pub(crate) async fn get(
    exchange: Exchange,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    Ignored::query(exchange.query()?).tell(&exchange.request);
    let key = named(&exchange.request)?;
    let user = exchange.state.users.legal_hold(&caller, &key).await?;
    Ok(answer(&user.record))
}
