//! `GET /v3/users/deleted/`

use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, DeletedPosition, PageSize, Timestamp, UserId, UserRecord};
use users_domain::rules::erasure::erasable_at;

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::UserRowBody;
use crate::endpoints::users::legal_hold::HoldBody;
use crate::http::cursor::{Cursor, RowAt, Scope};
use crate::http::error::messages;
use crate::http::handler::HandlerResult;
use crate::http::origin;
use crate::http::page::{Links, Page, Row};
use crate::http::request::parameters::Reader;
use crate::http::text::Text;

/// The longest cursor, in characters.
pub(super) const MAX_CURSOR_CHARACTERS: usize = 512;

const PATH: &str = "/v3/users/deleted/";

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
    const HAS_PREVIOUS: bool = false;
}

impl<'a> DeletedBody<'a> {
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

/// Returns one page, the newest deletion first.
pub(crate) async fn list(context: RequestContext, caller: Caller) -> HandlerResult {
    let pairs = context.query()?;
    let request = &context.request;
    let state = &context.state;
    let scope = Scope::new(&state.services.key_ring, caller.application(), "deleted users", b"");
    let mut reader = Reader::new(&pairs);
    let requested = read(&mut reader, &scope);
    let (after, size) = reader.finish(request, requested)?;
    let page = state.services.deleted_users.list(&caller, after, size).await?;
    let links = Links {
        origin: origin::of(request, &state.settings),
        path: PATH.to_owned(),
        scope: &scope,
        size,
        parameters: Vec::new(),
    };
    let place = page.next.map(|next| RowAt::new(next.deleted_at, next.id.uuid()));
    let next = place.map(|place| links.at(place)).transpose()?;
    let results = page.rows.iter().map(|user| DeletedBody::of(user, &caller));
    Ok(HttpResponse::Ok().json(Page::new(results, next, None)))
}

/// Reads the requested page.
fn read(reader: &mut Reader<'_>, scope: &Scope<'_>) -> (Option<DeletedPosition>, PageSize) {
    let (size, cursor) = reader.page(scope);
    let after = cursor.as_ref().and_then(position);
    if cursor.is_some() && after.is_none() {
        reader.refuse("cursor", messages::INVALID_CURSOR);
    }
    (after, size)
}

fn position(cursor: &Cursor<RowAt>) -> Option<DeletedPosition> {
    let (deleted_at, id) = cursor.place.read()?;
    Some(DeletedPosition { deleted_at, id: UserId::new(id) })
}
