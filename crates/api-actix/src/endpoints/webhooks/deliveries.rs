//! `GET /v3/webhook/destinations/{uuid}/deliveries/`

use actix_web::HttpResponse;
use users_domain::model::webhooks::{
    AttemptFilter, AttemptOutcome, AttemptPage, AttemptQuery, AttemptStart,
};
use users_domain::model::{AttemptId, Caller, TimeRange, Timestamp};

use super::attempt_body::AttemptBody;
use super::paths;
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::cursor::{RowAt, Scope};
use crate::http::error::ApiError;
use crate::http::handler::HandlerResult;
use crate::http::origin;
use crate::http::page::{Links, Page};
use crate::http::request::parameters::{MAX_OFFSET, Pairs, Reader, by_comma, time};

/// The longest cursor, in characters.
pub(super) const MAX_CURSOR_CHARACTERS: usize = 512;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requested {
    query: AttemptQuery,
    /// The offset, if given; links then use offsets too.
    offset: Option<u32>,
}

pub(crate) async fn deliveries(context: RequestContext, caller: Caller) -> HandlerResult {
    let pairs = context.query()?;
    let request = &context.request;
    let state = &context.state;
    let id = paths::destination(request)?;
    let part = id.uuid();
    let scope =
        Scope::new(&state.services.key_ring, caller.application(), "deliveries", part.as_bytes());
    let mut reader = Reader::new(&pairs);
    let requested = read(&mut reader, &scope);
    let requested = reader.finish(request, requested);
    let requested = valid(requested, state.services.destinations.find(&caller, id)).await?;
    let page = state.services.destinations.deliveries(&caller, id, &requested.query);
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

/// Reads the requested page.
fn read(reader: &mut Reader<'_>, scope: &Scope<'_>) -> Requested {
    let (limit, cursor, offset) = reader.page_or_offset(scope);
    let first = AttemptStart::Offset(offset.unwrap_or_default().into());
    let start = |place: RowAt, _: &AttemptFilter| {
        let (created_at, id) = place.read()?;
        Some(AttemptStart::After { created_at, id: AttemptId::new(id) })
    };
    let (filter, start) = reader.selection(cursor, first, filter, parameters, start);
    Requested { query: AttemptQuery { filter, start, limit }, offset }
}

fn filter(reader: &mut Reader<'_>) -> AttemptFilter {
    AttemptFilter {
        created_at: TimeRange {
            from: reader.one(&["date_from"], time),
            before: reader.one(&["date_to"], end),
        },
        outcomes: outcomes(reader),
    }
}

/// The parameters of a filter in their canonical form.
fn parameters(filter: &AttemptFilter) -> Vec<(String, String)> {
    let mut pairs = Pairs::default();
    pairs.add("date_from", filter.created_at.from);
    pairs.add("date_to", filter.created_at.before);
    let outcomes = filter.outcomes.iter().flatten();
    pairs.add("outcome", outcomes.map(|outcome| outcome.as_str()));
    pairs.0
}

/// The exclusive end of the range: a time, or the end of the day for a date.
fn end(text: &str) -> Result<Timestamp, String> {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let is_date = Timestamp::parse(&format!("{text}T00:00:00Z")).is_ok();
    let time = time(text)?;
    Ok(if is_date { time.plus_millis(DAY_MS) } else { time })
}

fn outcomes(reader: &mut Reader<'_>) -> Option<Vec<AttemptOutcome>> {
    let most = AttemptOutcome::ALL.len();
    let found = reader.several(&["outcome"], most, by_comma, |word| {
        AttemptOutcome::parse(word).map_err(|_| {
            let words = AttemptOutcome::ALL.map(AttemptOutcome::as_str).join(", ");
            format!("Invalid outcome. Valid options are: {words}")
        })
    });
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests;
