//! Deleted users in response bodies.

use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, Timestamp, UserRecord};
use users_domain::rules::erasure::erasable_at;

use crate::endpoints::users::UserRowBody;
use crate::endpoints::users::legal_hold::HoldBody;
use crate::http::page::Row;
use crate::http::text::Text;

/// A deleted user that is still stored.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeletedUser")]
pub(super) struct DeletedBody<'a> {
    #[serde(flatten)]
    row: UserRowBody<'a>,
    #[schemars(with = "Text<Timestamp>")]
    deleted_at: Option<Text<Timestamp>>,
    /// The end of the retention: the user can no longer be restored and is erased, unless a legal hold prevents this.
    #[schemars(with = "Text<Timestamp>")]
    erasable_at: Option<Text<Timestamp>>,
    legal_hold: Option<HoldBody<'a>>,
}

impl Row for DeletedBody<'_> {
    const PAGE: &'static str = "DeletedUserPage";
}

impl<'a> DeletedBody<'a> {
    /// A row as the caller sees it.
    pub(super) fn of(user: &'a UserRecord, caller: &Caller) -> Self {
        let retention = caller.grant.settings.retention;
        Self {
            row: user.into(),
            deleted_at: user.deleted_at.map(Text),
            erasable_at: (user.deleted_at).map(|at| Text(erasable_at(at, retention))),
            legal_hold: HoldBody::of(user, caller),
        }
    }
}
