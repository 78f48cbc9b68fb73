//! Deleted users in response bodies.

use serde::Serialize;
use users_domain::model::{Caller, Timestamp, UserRecord};
use users_domain::rules::erasure::erasable_at;

use crate::endpoints::users::UserRowBody;
use crate::endpoints::users::legal_hold::HoldBody;
use crate::http::text::Text;

/// One page.
#[derive(Serialize)]
pub(super) struct PageBody<'a> {
    count: (),
    count_relation: (),
    next: Option<String>,
    previous: (),
    results: Vec<DeletedBody<'a>>,
}

/// A row of the user list with its retention.
#[derive(Serialize)]
struct DeletedBody<'a> {
    #[serde(flatten)]
    row: UserRowBody<'a>,
    deleted_at: Option<Text<Timestamp>>,
    erasable_at: Option<Text<Timestamp>>,
    legal_hold: Option<HoldBody<'a>>,
}

impl<'a> PageBody<'a> {
    pub(super) fn new(rows: &'a [UserRecord], next: Option<String>, caller: &Caller) -> Self {
        let retention = caller.grant.settings.retention;
        let row = |user: &'a UserRecord| DeletedBody {
            row: user.into(),
            deleted_at: user.deleted_at.map(Text),
            erasable_at: (user.deleted_at).map(|at| Text(erasable_at(at, retention))),
            legal_hold: HoldBody::of(user, caller),
        };
        Self {
            count: (),
            count_relation: (),
            next,
            previous: (),
            results: rows.iter().map(row).collect(),
        }
    }
}
