//! `GET /v3/webhook/destinations/{uuid}/deliveries/`

use actix_web::HttpResponse;
use key_ring::{KeyRing, SealError};
use users_domain::model::Caller;
use users_domain::model::webhooks::AttemptPage;

use super::attempt_body::AttemptPageBody;
use super::wire::cursor::{Cursor, Owner};
use super::wire::deliveries::{NAMES, Page, read};
use super::{answers, paths};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::origin;
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
    let owner = Owner {
        application: caller.application(),
        destination: id,
    };
    let requested = ignored.attach(request, read(&pairs, &state.key_ring, owner));
    let requested = answers::readable(requested, &state.destinations, &caller, id).await?;
    let page = state.destinations.deliveries(&caller, id, &requested.query);
    let page = page.await?;
    let links = Links {
        origin: origin::of(request, &state.settings),
        keys: &state.key_ring,
        owner,
        requested: &requested,
    };
    let next = links.next(&page).map_err(|error| ApiError::Internal {
        reason: error.to_string(),
    })?;
    let body = AttemptPageBody::new(&page.attempts, next, links.previous());
    Ok(HttpResponse::Ok().json(body))
}

/// The links to the neighbouring pages.
struct Links<'a> {
    origin: String,
    keys: &'a KeyRing,
    owner: Owner,
    requested: &'a Page,
}

impl Links<'_> {
    /// The link to older attempts: by offset if the request had one and the next offset is allowed, else by cursor.
    fn next(&self, page: &AttemptPage) -> Result<Option<String>, SealError> {
        let Some(last) = page.attempts.last().filter(|_| page.more) else {
            return Ok(None);
        };
        let next = (self.requested.offset).and_then(|offset| offset.checked_add(self.rows()));
        if let Some(next) = next.filter(|next| *next <= MAX_OFFSET) {
            return Ok(Some(self.by_offset(next)));
        }
        let cursor = Cursor::older_than(last, self.requested.query.filter.clone());
        let cursor = cursor.seal(self.keys, self.owner)?;
        Ok(Some(self.url(vec![("cursor", cursor)])))
    }

    /// The link to newer attempts, only by offset: cursors lead from new to old.
    fn previous(&self) -> Option<String> {
        let offset = self.requested.offset.filter(|offset| *offset > 0)?;
        Some(self.by_offset(offset.saturating_sub(self.rows())))
    }

    fn rows(&self) -> u32 {
        u32::try_from(self.requested.query.limit.rows()).unwrap_or(u32::MAX)
    }

    fn by_offset(&self, offset: u32) -> String {
        let filter = &self.requested.query.filter;
        let times = [
            ("date_from", filter.created_at.from),
            ("date_to", filter.created_at.before),
        ];
        let mut pairs = vec![("offset", offset.to_string())];
        pairs.extend(
            times
                .into_iter()
                .filter_map(|(name, time)| Some((name, time?.to_string()))),
        );
        for outcome in filter.outcomes.iter().flatten() {
            pairs.push(("outcome", outcome.as_str().to_owned()));
        }
        self.url(pairs)
    }

    fn url(&self, mut pairs: Vec<(&str, String)>) -> String {
        pairs.push(("limit", self.rows().to_string()));
        let path = paths::path_of_deliveries(self.owner.destination);
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        origin::url(&self.origin, &path, pairs)
    }
}
