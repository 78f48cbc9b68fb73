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
use super::wire;
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::error::{ApiError, FieldErrors};
use crate::http::handler::HandlerResult;
use crate::http::request::{
    Ignored, JSON, MERGE_PATCH_JSON, ReadBody, Shown, claim, etag, if_match, is_unchanged,
    on_reader_thread, path_of, vendor_data,
};

pub(crate) async fn create(context: RequestContext, caller: Caller) -> HandlerResult {
    let max_bytes = context.state.settings.max_user_body_bytes;
    let (state, request, mut body) = context.with_body(max_bytes).await?;
    let claim = claim(&request, &caller, Operation::CreateUser, None, &body)?;
    let command = wire::create::read(body.fields(), state.services.users.now().date());
    let renderer = ResponseRenderer::by(created, &body.ignored, &caller);
    let command = body.ignored.attach(&request, command);
    let once = renderer.once(claim);
    let answered = state.services.users.create(&caller, command?, once).await?;
    renderer.send(&answered, &request)
}

fn created(written: &Written, ignored: &Ignored, caller: &Caller) -> Result<Reply, ApiError> {
    let path = path_of(&written.user.record.vendor_data);
    let reply = Reply::detail(StatusCode::CREATED, &written.user, caller)?;
    Ok(reply.header(&LOCATION, path).ignoring(ignored))
}

/// Returns one user, or 304 if the client has this version.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let vendor_data = vendor_data(&context.request)?.ok_or(ApiError::NotFound)?;
    let user = context.state.services.users.find(&caller, &vendor_data).await?;
    if is_unchanged(context.request.headers(), &user.record, &caller) {
        return Ok(not_modified(&user.record, &caller));
    }
    detail(HttpResponse::Ok(), &user, &caller)
}

pub(crate) async fn update(context: RequestContext, caller: Caller) -> HandlerResult {
    let max_bytes = context.state.settings.max_user_body_bytes;
    let (state, request, body) = context.with_body_of(&[JSON, MERGE_PATCH_JSON], max_bytes).await?;
    let vendor_data = vendor_data(&request)?.ok_or(ApiError::NotFound)?;
    let claim = claim(&request, &caller, Operation::UpdateUser, Some(&vendor_data), &body)?;
    let if_match = if_match(request.headers())?;
    let today = state.services.users.now().date();
    let trigger = trigger_of(caller.grant.key.kind.role());
    let read = |shown| read(&request, body.clone(), shown, (today, trigger));
    let (mut command, mut ignored) = read(None).await?;
    if command.is_err()
        && let Ok(user) = state.services.users.find(&caller, &vendor_data).await
    {
        let shown = Shown::of(&UserDetailBody::of(&user, &caller)?);
        (command, ignored) = read(Some(shown)).await?;
    }
    let renderer = ResponseRenderer::by(changed, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let users = &state.services.users;
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
) -> Result<(Result<UpdateUser, FieldErrors>, Ignored), ApiError> {
    let bytes = body.bytes.len();
    let read = move || {
        if let Some(shown) = shown {
            body.members = shown.without(body.members);
        }
        let command = wire::update::read(&mut body, today, trigger);
        (command, body.ignored)
    };
    on_reader_thread(request, bytes, read).await
}

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

pub(crate) async fn update_status(context: RequestContext, caller: Caller) -> HandlerResult {
    let max_bytes = context.state.settings.max_user_body_bytes;
    let (state, request, mut body) = context.with_body(max_bytes).await?;
    let vendor_data = vendor_data(&request)?.ok_or(ApiError::NotFound)?;
    let claim = claim(&request, &caller, Operation::UpdateStatus, Some(&vendor_data), &body)?;
    let if_match = if_match(request.headers())?;
    let trigger = trigger_of(caller.grant.key.kind.role());
    let command = wire::update::read_status(body.fields(), trigger);
    let renderer = ResponseRenderer::by(changed, &body.ignored, &caller);
    let command = body.ignored.attach(&request, command);
    let users = &state.services.users;
    let key = UserKey::VendorData(vendor_data.clone());
    let check = users.check_precondition(&caller, &key, if_match.as_ref());
    let command = valid(command, check).await?;
    let once = renderer.once(claim);
    let answered = users.change_status(&caller, vendor_data, command, if_match, once).await?;
    renderer.send(&answered, &request)
}

/// Deletes the named users, or all users.
pub(crate) async fn delete(context: RequestContext, caller: Caller) -> HandlerResult {
    let max_bytes = context.state.settings.max_delete_body_bytes;
    let (state, request, mut body) = context.with_body(max_bytes).await?;
    let claim = claim(&request, &caller, Operation::DeleteUsers, None, &body)?;
    let selection = wire::named::read_deletion(body.fields());
    let renderer = ResponseRenderer::by(deleted, &body.ignored, &caller);
    let selection = body.ignored.attach(&request, selection);
    let once = renderer.once(claim);
    let selection = selection?.ok_or(ApiError::NothingSelected)?;
    let answered = state.services.users.delete(&caller, selection, once).await?;
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
fn detail(mut response: HttpResponseBuilder, user: &UserDetail, caller: &Caller) -> HandlerResult {
    response.insert_header((ETAG, etag(&user.record, caller)));
    Ok(response.json(UserDetailBody::of(user, caller)?))
}

/// 304, for a client that has this version already.
fn not_modified(user: &UserRecord, caller: &Caller) -> HttpResponse {
    let mut response = HttpResponse::NotModified();
    response.insert_header((ETAG, etag(user, caller)));
    response.finish()
}
