//! `GET /v3/users/`: pages of users. Defines the parameters, cursors and links of the list; the domain selects and
//! orders the users.

mod links;
pub(super) mod parameters;
mod place;
mod question;

use actix_web::HttpResponse;
use users_domain::model::{Caller, Count, ListUsers, PageStart};
use users_domain::service::ServiceError;

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::UserRowBody;
use crate::http::cursor::Scope;
use crate::http::error::ApiError;
use crate::http::origin;
use crate::http::page::Page;
use crate::http::request::Ignored;
use links::Links;

/// The longest cursor, in characters. Filters at all their limits fit.
pub(super) const MAX_CURSOR_CHARACTERS: usize = 48 * 1024;

/// Returns one page.
pub(crate) async fn list(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let pairs = context.query()?;
    let request = &context.request;
    let ignored = Ignored::parameters(request, &pairs, parameters::is_known);
    let state = &context.state;
    let scope = Scope::new(&state.key_ring, caller.application(), "users", b"");
    let question = ignored.attach(request, question::read(&pairs, &scope))?;
    let page = state.users.list(&caller, &question.list).await;
    let page = page.map_err(|error| narrowing(error, &question.list))?;
    let origin = origin::of(request, &state.settings);
    let links = Links::new(origin, &scope, &pairs, &question);
    let (next, previous) = (links.next(&page)?, links.previous(&page)?);
    let (count, relation) = match page.count {
        Count::Exactly(users) => (Some(users), Some("eq")),
        Count::AtLeast(users) => (Some(users), Some("gte")),
        Count::About(users) => (Some(users), Some("approx")),
        Count::NotCounted => (None, None),
    };
    let results = page.rows.iter().map(UserRowBody::from);
    let body = Page::new(results, next, previous).counted(count, relation);
    Ok(HttpResponse::Ok().json(body))
}

/// Names the parameter that makes a list slow: the offset, or else the search.
fn narrowing(error: ServiceError, question: &ListUsers) -> ApiError {
    match ApiError::from(error) {
        ApiError::ReadTooSlow { .. } => ApiError::ReadTooSlow {
            parameter: match (&question.start, &question.filter.search) {
                (PageStart::Offset(1..), _) => Some("offset"),
                (_, Some(_)) => Some("search"),
                (_, None) => None,
            },
        },
        error => error,
    }
}

#[cfg(test)]
mod tests;
