//! `GET /v3/webhook/destinations/{uuid}/deliveries/`

use actix_web::HttpResponse;
use users_domain::model::Caller;
use users_domain::model::webhooks::AttemptPage;

use super::attempt_body::AttemptBody;
use super::wire::deliveries::{NAMES, Page as Requested, parameters, read};
use super::{answers, paths};
use crate::endpoints::request_context::RequestContext;
use crate::http::cursor::{RowAt, Scope};
use crate::http::error::ApiError;
use crate::http::origin;
use crate::http::page::{Links, Page};
use crate::http::request::Ignored;
use crate::http::request::parameters::MAX_OFFSET;

/// Returns one page of attempts, newest first.
pub(crate) async fn deliveries(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let pairs = context.query()?;
    let request = &context.request;
    let ignored = Ignored::parameters(request, &pairs, |name| NAMES.contains(&name));
    let state = &context.state;
    let id = paths::destination(request)?;
    let part = id.uuid();
    let scope = Scope::new(
        &state.key_ring,
        caller.application(),
        "deliveries",
        part.as_bytes(),
    );
    let requested = ignored.attach(request, read(&pairs, &scope));
    let requested = answers::readable(requested, &state.destinations, &caller, id).await?;
    let page = state.destinations.deliveries(&caller, id, &requested.query);
    let page = page.await?;
    let links = Links {
        origin: origin::of(request, &state.settings),
        path: paths::path_of_deliveries(id),
        scope: &scope,
        size: requested.query.limit,
        parameters: parameters(&requested.query.filter),
    };
    let next = next(&links, &requested, &page)?;
    let results = page.attempts.iter().map(AttemptBody::from);
    Ok(HttpResponse::Ok().json(Page::new(results, next, previous(&links, &requested))))
}

/// The link to older attempts: by offset if the request had one and the next offset is allowed, else by cursor.
fn next(
    links: &Links<'_>,
    requested: &Requested,
    page: &AttemptPage,
) -> Result<Option<String>, ApiError> {
    let Some(last) = page.attempts.last().filter(|_| page.more) else {
        return Ok(None);
    };
    let next = (requested.offset).and_then(|offset| offset.checked_add(rows(links)));
    if let Some(next) = next.filter(|next| *next <= MAX_OFFSET) {
        return Ok(Some(by_offset(links, next)));
    }
    let place = RowAt::new(last.created_at, last.id.uuid());
    Ok(Some(links.at(place)?))
}

/// The link to newer attempts, only by offset: cursors lead from new to old.
fn previous(links: &Links<'_>, requested: &Requested) -> Option<String> {
    let offset = requested.offset.filter(|offset| *offset > 0)?;
    Some(by_offset(links, offset.saturating_sub(rows(links))))
}

fn rows(links: &Links<'_>) -> u32 {
    u32::try_from(links.size.rows()).unwrap_or(u32::MAX)
}

fn by_offset(links: &Links<'_>, offset: u32) -> String {
    let (offset, limit) = (offset.to_string(), links.size.rows().to_string());
    let filter = links.parameters.iter();
    links.url(
        [("offset", offset.as_str())]
            .into_iter()
            .chain(filter.map(|(name, value)| (name.as_str(), value.as_str())))
            .chain([("limit", limit.as_str())]),
    )
}
