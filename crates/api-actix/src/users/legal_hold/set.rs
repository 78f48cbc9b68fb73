//! `PUT /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::Named;
use super::answer::answer;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, if_match, read_body};
use crate::users::{answers, rules, wire};

/// Puts a user under legal hold, or changes the reason for it.
pub(crate) async fn set(
    exchange: Exchange,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let body = read_body(&request, payload, &rules::user(&state)).await?;
    let mut ignored = Ignored::query(&request)?;
    let key = named(&request)?;
    let if_match = if_match(request.headers())?;
    let wish = wire::legal_hold::read(body.members, &mut ignored);
    let wish = ignored.tell(&request, wish);
    let (users, condition) = (&state.users, if_match.as_ref());
    let wish = answers::readable(wish, users, &caller, &key, condition).await?;
    let written = users
        .change_legal_hold(&caller, key, wish, if_match)
        .await?;
    Ok(answer(&written.user.record, &caller))
}
