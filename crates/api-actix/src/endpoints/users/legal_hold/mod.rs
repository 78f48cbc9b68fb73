//! `/v3/users/{vendor_data}/legal-hold/`, and the same by id, also for deleted users.

pub(crate) mod openapi;

use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, Reason, Timestamp, UserId, UserKey, UserRecord};
use users_domain::rules::LegalHoldCommand;
use users_domain::rules::role_matrix::sees_hold_reasons;

pub(crate) use {get as get_by_id, lift as lift_by_id, set as set_by_id};

use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::error::{ApiError, FieldErrors};
use crate::http::handler::HandlerResult;
use crate::http::request::fields::Fields;
use crate::http::request::{etag, if_match, segment, vendor_data};
use crate::http::text::Text;

/// The index of the id in `/v3/users/by-id/{didit_internal_id}/…`, split at slashes.
const ID: usize = 4;

/// The user that the path names: by `vendor_data`, or by id, then also a deleted one.
fn user(request: &HttpRequest) -> Result<UserKey, ApiError> {
    let key = if request.match_info().get("didit_internal_id").is_some() {
        segment(request, ID, |text| UserId::parse(text).ok())?.map(UserKey::IdIncludingDeleted)
    } else {
        vendor_data(request)?.map(UserKey::VendorData)
    };
    key.ok_or(ApiError::NotFound)
}

/// Returns whether a user is under legal hold, since when and why.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let key = user(&context.request)?;
    let user = context.state.services.users.legal_hold(&caller, &key).await?;
    Ok(answer(&user.record, &caller))
}

/// Puts a user under legal hold, or changes the reason.
pub(crate) async fn set(context: RequestContext, caller: Caller) -> HandlerResult {
    let max_bytes = context.state.settings.max_user_body_bytes;
    let (state, request, mut body) = context.with_body(max_bytes).await?;
    let key = user(&request)?;
    let if_match = if_match(request.headers())?;
    let command = read(body.fields());
    let command = body.ignored.attach(&request, command);
    let users = &state.services.users;
    let check = users.check_precondition(&caller, &key, if_match.as_ref());
    let command = valid(command, check).await?;
    let written = users.change_legal_hold(&caller, key, command, if_match).await?;
    Ok(answer(&written.user.record, &caller))
}

/// Ends a user's legal hold; without one, nothing changes.
pub(crate) async fn lift(context: RequestContext, caller: Caller) -> HandlerResult {
    let max_bytes = context.state.settings.max_user_body_bytes;
    let (state, request) = context.without_body(max_bytes).await?;
    let key = user(&request)?;
    let if_match = if_match(request.headers())?;
    let users = &state.services.users;
    users.change_legal_hold(&caller, key, LegalHoldCommand::Lifted, if_match).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Reads the reason of a hold, or all field errors.
fn read(mut fields: Fields<'_>) -> Result<LegalHoldCommand, FieldErrors> {
    let reason = fields.required_text("reason", Reason::parse_required);
    fields.finish(reason.map(|reason| LegalHoldCommand::Set { reason }))
}

/// A legal hold: its user can be neither deleted nor erased.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LegalHold")]
pub(crate) struct HoldBody<'a> {
    /// When the hold was set. A change of the reason does not change this time.
    since: Text<Timestamp>,
    /// The reason of the hold; null for roles other than `OWNER` and `COMPLIANCE_OFFICER`.
    reason: Option<&'a str>,
}

impl<'a> HoldBody<'a> {
    /// The hold of a user, as this caller sees it.
    pub(crate) fn of(user: &'a UserRecord, caller: &Caller) -> Option<Self> {
        let hold = user.legal_hold.as_ref()?;
        let sees_reason = sees_hold_reasons(caller.grant.key.kind);
        Some(Self { since: Text(hold.since), reason: sees_reason.then(|| hold.reason.as_str()) })
    }
}

/// Whether a user is under legal hold.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LegalHoldState")]
struct LegalHoldBody<'a> {
    didit_internal_id: Text<UserId>,
    vendor_data: &'a str,
    deleted_at: Option<Text<Timestamp>>,
    legal_hold: Option<HoldBody<'a>>,
}

/// The response, with the user's entity tag.
fn answer(user: &UserRecord, caller: &Caller) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, etag(user, caller)));
    response.json(LegalHoldBody {
        didit_internal_id: Text(user.id),
        vendor_data: user.vendor_data.as_str(),
        deleted_at: user.deleted_at.map(Text),
        legal_hold: HoldBody::of(user, caller),
    })
}
