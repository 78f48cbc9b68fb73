//! `GET /v3/users/{vendor_data}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::answers;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{is_unchanged, vendor_data};

/// One user, or 304 where the client has it already.
pub(crate) async fn get(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    exchange.ignore_query()?;
    let vendor_data = vendor_data(&exchange.request)?.ok_or(ApiError::NotFound)?;
    let user = exchange.state.users.find(&caller, &vendor_data).await?;
    if is_unchanged(exchange.request.headers(), &user.record, &caller) {
        return Ok(answers::not_modified(&user.record, &caller));
    }
    answers::detail(HttpResponse::Ok(), &user, &caller)
}
