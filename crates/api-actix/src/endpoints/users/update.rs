//! `PATCH /v3/users/{vendor_data}/`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use users_domain::model::{Caller, Operation, StatusTrigger, UserKey};
use users_domain::ports::Written;
use users_domain::rules::UpdateUser;
use users_domain::rules::status_machine::trigger_of;

use super::body::UserDetailBody;
use super::reply::{Reply, ResponseRenderer};
use super::{answers, body_limits, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::{ApiError, FieldErrors};
use crate::http::request::{
    Ignored, ReadBody, Shown, claim, if_match, on_reader_thread, read_body, vendor_data,
};

/// Changes fields of a user.
pub(crate) async fn update(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let body = read_body(&request, payload, &body_limits::patch(&state)).await?;
    let ignored = Ignored::query(&request)?;
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
    let read = |shown| {
        read(
            &request,
            body.clone(),
            shown,
            (today, trigger),
            ignored.clone(),
        )
    };
    let (mut command, mut ignored) = read(None).await?;
    if command.is_err()
        && let Ok(user) = state.users.find(&caller, &vendor_data).await
    {
        let shown = Shown::of(&UserDetailBody::of(&user, &caller)?);
        (command, ignored) = read(Some(shown)).await?;
    }
    let renderer = ResponseRenderer::by(changed, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let (users, condition) = (&state.users, if_match.as_ref());
    let key = UserKey::VendorData(vendor_data.clone());
    let command = answers::readable(command, users, &caller, &key, condition).await?;
    let once = renderer.once(claim);
    let answered = users
        .update(&caller, vendor_data, command, if_match, once)
        .await?;
    renderer.send(&answered, &request)
}

/// Reads the command and the ignored fields. Values that equal `shown` are left out, as they change nothing.
async fn read(
    request: &HttpRequest,
    mut body: ReadBody,
    shown: Option<Shown>,
    (today, trigger): (NaiveDate, StatusTrigger),
    mut ignored: Ignored,
) -> Result<(Result<UpdateUser, FieldErrors>, Ignored), ApiError> {
    let bytes = body.bytes.len();
    let read = move || {
        if let Some(shown) = shown {
            body.members = shown.without(body.members);
        }
        let command = wire::update::read(body, today, trigger, &mut ignored);
        (command, ignored)
    };
    on_reader_thread(request, bytes, read).await
}

/// The response after a change.
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
