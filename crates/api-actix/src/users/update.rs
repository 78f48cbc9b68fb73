//! `PATCH /v3/users/{vendor_data}/`

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use users_domain::model::{Caller, Operation, UserKey};
use users_domain::ports::Written;
use users_domain::rules::status_machine::trigger_of;

use super::reply::{Reply, Telling};
use super::{answers, rules, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, claim, if_match, read_body, vendor_data};

/// Changes what is said about a user.
pub(crate) async fn update(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let body = read_body(&request, payload, &rules::patch(&state)).await?;
    let mut ignored = Ignored::query(&request)?;
    let vendor_data = vendor_data(&request)?.ok_or(ApiError::NotFound)?;
    let claim = claim(
        &request,
        &caller,
        Operation::UpdateUser,
        Some(&vendor_data),
        &body,
    )?;
    let if_match = if_match(request.headers())?;
    let today = state.users.now().date();
    let trigger = trigger_of(caller.grant.key.kind.role());
    let command = wire::update::read(body, today, trigger, &mut ignored);
    let telling = Telling::by(changed, &ignored, &caller);
    let command = ignored.tell(&request, command);
    let (users, condition) = (&state.users, if_match.as_ref());
    let key = UserKey::VendorData(vendor_data.clone());
    let command = answers::readable(command, users, &caller, &key, condition).await?;
    let once = telling.once(claim);
    let answered = users
        .update(&caller, vendor_data, command, if_match, once)
        .await?;
    telling.send(&answered, &request)
}

/// A user after a change.
pub(super) fn changed(
    written: &Written,
    ignored: &Ignored,
    caller: &Caller,
) -> Result<Reply, ApiError> {
    let mut ignored = ignored.clone();
    for field in &written.ignored {
        ignored.add(field.as_str());
    }
    if written.reason_is_unused {
        ignored.add("reason");
    }
    Ok(Reply::detail(StatusCode::OK, &written.user, caller)?.ignoring(&ignored))
}
