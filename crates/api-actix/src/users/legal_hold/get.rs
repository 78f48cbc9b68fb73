//! `GET /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::Named;
use super::answer::answer;
use crate::error::ApiError;
use crate::exchange::Exchange;

/// Whether a user is under legal hold, since when and why.
pub(crate) async fn get(
    exchange: Exchange,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    exchange.ignore_query()?;
    let key = named(&exchange.request)?;
    let user = exchange.state.users.legal_hold(&caller, &key).await?;
    Ok(answer(&user.record, &caller))
}
