//! What is answered about a legal hold.

use actix_web::HttpResponse;
use actix_web::http::header::ETAG;
use serde::Serialize;
use users_domain::model::{LegalHold, Timestamp, UserId, UserRecord};

use crate::request::etag;
use crate::text::Text;

/// Why a user is kept.
#[derive(Serialize)]
pub(crate) struct HoldBody<'a> {
    since: Text<Timestamp>,
    reason: &'a str,
}

impl<'a> From<&'a LegalHold> for HoldBody<'a> {
    fn from(hold: &'a LegalHold) -> Self {
        Self {
            since: Text(hold.since),
            reason: hold.reason.as_str(),
        }
    }
}

/// Whether a user is kept.
#[derive(Serialize)]
struct LegalHoldBody<'a> {
    didit_internal_id: Text<UserId>,
    vendor_data: &'a str,
    deleted_at: Option<Text<Timestamp>>,
    legal_hold: Option<HoldBody<'a>>,
}

/// With the user's version.
pub(super) fn answer(user: &UserRecord) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, etag(user)));
    response.json(LegalHoldBody {
        didit_internal_id: Text(user.id),
        vendor_data: user.vendor_data.as_str(),
        deleted_at: user.deleted_at.map(Text),
        legal_hold: user.legal_hold.as_ref().map(Into::into),
    })
}
