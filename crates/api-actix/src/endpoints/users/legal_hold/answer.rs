//! Responses about legal holds.

use actix_web::HttpResponse;
use actix_web::http::header::ETAG;
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, Timestamp, UserId, UserRecord};
use users_domain::rules::role_matrix::sees_hold_reasons;

use crate::http::request::etag;
use crate::http::text::Text;

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
pub(super) struct LegalHoldBody<'a> {
    didit_internal_id: Text<UserId>,
    vendor_data: &'a str,
    deleted_at: Option<Text<Timestamp>>,
    legal_hold: Option<HoldBody<'a>>,
}

/// The response, with the user's entity tag.
pub(super) fn answer(user: &UserRecord, caller: &Caller) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, etag(user, caller)));
    response.json(LegalHoldBody {
        didit_internal_id: Text(user.id),
        vendor_data: user.vendor_data.as_str(),
        deleted_at: user.deleted_at.map(Text),
        legal_hold: HoldBody::of(user, caller),
    })
}
