//! `GET /v3/users/deleted/`

use actix_web::HttpResponse;
use users_domain::model::{Caller, DeletedPosition, PageSize, UserId};

use super::body::DeletedBody;
use crate::endpoints::request_context::RequestContext;
use crate::http::cursor::{Cursor, RowAt, Scope};
use crate::http::error::{ApiError, FieldErrors, messages};
use crate::http::origin;
use crate::http::page::{Links, Page};
use crate::http::request::Ignored;
use crate::http::request::parameters::Reader;

/// The longest cursor, in characters.
pub(super) const MAX_CURSOR_CHARACTERS: usize = 512;

const PATH: &str = "/v3/users/deleted/";

const NAMES: [&str; 3] = ["limit", "page_size", "cursor"];

/// Returns one page, the newest deletion first.
pub(crate) async fn list(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let pairs = context.query()?;
    let request = &context.request;
    let ignored = Ignored::parameters(request, &pairs, |name| NAMES.contains(&name));
    let state = &context.state;
    let scope = Scope::new(&state.key_ring, caller.application(), "deleted users", b"");
    let (after, size) = ignored.attach(request, read(&pairs, &scope))?;
    let page = state.deleted_users.list(&caller, after, size).await?;
    let links = Links {
        origin: origin::of(request, &state.settings),
        path: PATH.to_owned(),
        scope: &scope,
        size,
        parameters: Vec::new(),
    };
    let place = page
        .next
        .map(|next| RowAt::new(next.deleted_at, next.id.uuid()));
    let next = place.map(|place| links.at(place)).transpose()?;
    let results = page.rows.iter().map(|user| DeletedBody::of(user, &caller));
    Ok(HttpResponse::Ok().json(Page::new(results, next, None)))
}

/// Reads the requested page, or all field errors.
fn read(
    pairs: &[(String, String)],
    scope: &Scope<'_>,
) -> Result<(Option<DeletedPosition>, PageSize), FieldErrors> {
    let mut reader = Reader::new(pairs);
    let (size, cursor) = reader.page(scope);
    let after = cursor.as_ref().and_then(position);
    if cursor.is_some() && after.is_none() {
        reader.refuse("cursor", messages::INVALID_CURSOR);
    }
    reader.finish((after, size))
}

fn position(cursor: &Cursor<RowAt>) -> Option<DeletedPosition> {
    let (deleted_at, id) = cursor.place.read()?;
    Some(DeletedPosition {
        deleted_at,
        id: UserId::new(id),
    })
}
