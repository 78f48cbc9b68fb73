//! `GET /v3/users/`: pages of users. Defines the parameters, cursors and links of the list; the domain selects and
//! orders the users.

mod links;
pub(super) mod parameters;
mod place;

use actix_web::HttpResponse;
use users_domain::model::{Caller, Count, CountMode, ListUsers, PageStart};
use users_domain::service::ServiceError;

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::UserRowBody;
use crate::http::cursor::Scope;
use crate::http::error::ApiError;
use crate::http::handler::HandlerResult;
use crate::http::origin;
use crate::http::page::Page;
use crate::http::request::parameters::Reader;
use links::Links;
use parameters::{Selection, count_mode};
use place::Place;

/// The longest cursor, in characters. Filters at all their limits fit.
pub(super) const MAX_CURSOR_CHARACTERS: usize = 48 * 1024;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    list: ListUsers,
    /// The offset, if given; links then use offsets too.
    offset: Option<u32>,
    /// How to count, if given.
    count: Option<CountMode>,
}

impl Question {
    /// Reads the parameters, and checks a cursor against the parameters beside it.
    fn read(reader: &mut Reader<'_>, scope: &Scope<'_>) -> Self {
        let (size, cursor, offset) = reader.page_or_offset(scope);
        let count = reader.one(&["count"], count_mode);
        let first = offset.map_or(PageStart::First, PageStart::Offset);
        let start = |place: Place, selection: &Selection| place.start(selection.order());
        let (selection, start) =
            reader.selection(cursor, first, Selection::read, Selection::parameters, start);
        let list = ListUsers {
            order: selection.order(),
            filter: selection.filter,
            start,
            size,
            count: count.unwrap_or(CountMode::Capped),
        };
        Self { list, offset, count }
    }
}

pub(crate) async fn list(context: RequestContext, caller: Caller) -> HandlerResult {
    let pairs = context.query()?;
    let request = &context.request;
    let state = &context.state;
    let scope = Scope::new(&state.services.key_ring, caller.application(), "users", b"");
    let mut reader = Reader::new(&pairs);
    let question = Question::read(&mut reader, &scope);
    let read = reader.read_pairs();
    let question = reader.finish(request, question)?;
    let page = state.services.users.list(&caller, &question.list).await;
    let page = page.map_err(|error| narrowing(error, &question.list))?;
    let origin = origin::of(request, &state.settings);
    let links = Links::new(origin, &scope, &read, &question);
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
