//! The handlers of the operations on users, except the list.

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use chrono::NaiveDate;
use users_domain::model::{
    Caller, Operation, StatusTrigger, UserDetail, UserKey, UserRecord, VendorData,
};
use users_domain::ports::Written;
use users_domain::rules::UpdateUser;
use users_domain::rules::status_machine::trigger_of;
use users_domain::service::Deletion;

use super::body::{DeletionBody, UserDetailBody};
use super::reply::{Reply, ResponseRenderer};
use super::{body_limits, wire};
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::error::{ApiError, FieldErrors};
use crate::http::request::{
    Ignored, ReadBody, Shown, claim, etag, if_match, is_unchanged, on_reader_thread, path_of,
    read_body, vendor_data,
};

/// Creates a user.
pub(crate) async fn create(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &body_limits::user(&state)).await?;
    let claim = claim(&request, &caller, Operation::CreateUser, None, &body)?;
    let mut ignored = Ignored::query(&request)?;
    let today = state.users.now().date();
    let command = wire::create::read(body.members, today, &mut ignored);
    let renderer = ResponseRenderer::by(created, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let once = renderer.once(claim);
    let answered = state.users.create(&caller, command?, once).await?;
    renderer.send(&answered, &request)
}

fn created(written: &Written, ignored: &Ignored, caller: &Caller) -> Result<Reply, ApiError> {
    let path = path_of(&written.user.record.vendor_data);
    let reply = Reply::detail(StatusCode::CREATED, &written.user, caller)?;
    Ok(reply.header(&LOCATION, path).ignoring(ignored))
}

/// Returns one user, or 304 if the client has this version.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let vendor_data = vendor_data(&context.request)?.ok_or(ApiError::NotFound)?;
    let user = context.state.users.find(&caller, &vendor_data).await?;
    if is_unchanged(context.request.headers(), &user.record, &caller) {
        return Ok(not_modified(&user.record, &caller));
    }
    detail(HttpResponse::Ok(), &user, &caller)
}

/// Changes fields of a user.
pub(crate) async fn update(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &body_limits::patch(&state)).await?;
    let ignored = Ignored::query(&request)?;
    let vendor_data = vendor_data(&request)?.ok_or(ApiError::NotFound)?;
    let claim = claim(&request, &caller, Operation::UpdateUser, Some(&vendor_data), &body)?;
    let if_match = if_match(request.headers())?;
    let today = state.users.now().date();
    let trigger = trigger_of(caller.grant.key.kind.role());
    let read = |shown| read(&request, body.clone(), shown, (today, trigger), ignored.clone());
    let (mut command, mut ignored) = read(None).await?;
    if command.is_err()
        && let Ok(user) = state.users.find(&caller, &vendor_data).await
    {
        let shown = Shown::of(&UserDetailBody::of(&user, &caller)?);
        (command, ignored) = read(Some(shown)).await?;
    }
    let renderer = ResponseRenderer::by(changed, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let users = &state.users;
    let key = UserKey::VendorData(vendor_data.clone());
    let check = users.check_precondition(&caller, &key, if_match.as_ref());
    let command = valid(command, check).await?;
    let once = renderer.once(claim);
    let answered = users.update(&caller, vendor_data, command, if_match, once).await?;
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
fn changed(written: &Written, ignored: &Ignored, caller: &Caller) -> Result<Reply, ApiError> {
    let mut ignored = ignored.clone();
    for field in &written.ignored {
        ignored.add(field.as_str());
    }
    if written.reason_is_unused {
        ignored.add("reason");
    }
    Ok(Reply::detail(StatusCode::OK, &written.user, caller)?.ignoring(&ignored))
}

/// Changes the status of a user.
pub(crate) async fn update_status(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &body_limits::user(&state)).await?;
    let mut ignored = Ignored::query(&request)?;
    let vendor_data = vendor_data(&request)?.ok_or(ApiError::NotFound)?;
    let claim = claim(&request, &caller, Operation::UpdateStatus, Some(&vendor_data), &body)?;
    let if_match = if_match(request.headers())?;
    let trigger = trigger_of(caller.grant.key.kind.role());
    let command = wire::status::read_status(body.members, trigger, &mut ignored);
    let renderer = ResponseRenderer::by(changed, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let users = &state.users;
    let key = UserKey::VendorData(vendor_data.clone());
    let check = users.check_precondition(&caller, &key, if_match.as_ref());
    let command = valid(command, check).await?;
    let once = renderer.once(claim);
    let answered = users.change_status(&caller, vendor_data, command, if_match, once).await?;
    renderer.send(&answered, &request)
}

/// Deletes the named users, or all users.
pub(crate) async fn delete(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &body_limits::batch_delete(&state)).await?;
    let claim = claim(&request, &caller, Operation::DeleteUsers, None, &body)?;
    let mut ignored = Ignored::query(&request)?;
    let selection = wire::named::read_deletion(body.members, &mut ignored);
    let renderer = ResponseRenderer::by(deleted, &ignored, &caller);
    let selection = ignored.attach(&request, selection);
    let once = renderer.once(claim);
    let selection = selection?.ok_or(ApiError::NothingSelected)?;
    let answered = state.users.delete(&caller, selection, once).await?;
    renderer.send(&answered, &request)
}

fn deleted(deletion: &Deletion, ignored: &Ignored, _: &Caller) -> Result<Reply, ApiError> {
    let body = DeletionBody {
        deleted: deletion.deleted,
        held: deletion.held.iter().map(VendorData::as_str).collect(),
        remaining: deletion.remaining,
    };
    Ok(Reply::new(StatusCode::OK, &body)?.ignoring(ignored))
}

/// The detail of a user with its entity tag.
fn detail(
    mut response: HttpResponseBuilder,
    user: &UserDetail,
    caller: &Caller,
) -> Result<HttpResponse, ApiError> {
    response.insert_header((ETAG, etag(&user.record, caller)));
    Ok(response.json(UserDetailBody::of(user, caller)?))
}

/// 304, for a client that has this version already.
fn not_modified(user: &UserRecord, caller: &Caller) -> HttpResponse {
    let mut response = HttpResponse::NotModified();
    response.insert_header((ETAG, etag(user, caller)));
    response.finish()
}
