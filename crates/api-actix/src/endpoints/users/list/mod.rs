//! `GET /v3/users/`: pages of users. Defines the parameters, cursors and links of the list; the domain selects and
//! orders the users.

pub(crate) mod cursor;
mod links;
pub(crate) mod parameters;
mod question;

use actix_web::HttpResponse;
use key_ring::SealError;
use serde::Serialize;
use users_domain::model::{Caller, Count, ListUsers, PageStart, UserPage};
use users_domain::service::ServiceError;

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::UserRowBody;
use crate::http::error::ApiError;
use crate::http::origin;
use crate::http::request::Ignored;
use links::Links;
use parameters::Parameters;

#[derive(Serialize)]
struct PageBody<'a> {
    count: Option<u64>,
    count_relation: Option<&'static str>,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<UserRowBody<'a>>,
}

/// Returns one page.
pub(crate) async fn list(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let pairs = context.query()?;
    let request = &context.request;
    let ignored = Ignored::parameters(request, &pairs, parameters::is_known);
    let (parameters, errors) = Parameters::parse(&pairs);
    let state = &context.state;
    let (keys, application) = (&*state.key_ring, caller.application());
    let question = question::question(&parameters, errors, keys, application);
    let question = ignored.attach(request, question)?;
    let page = state.users.list(&caller, &question).await;
    let page = page.map_err(|error| narrowing(error, &question))?;
    let links = Links {
        origin: origin::of(request, &state.settings),
        application,
        keys,
        pairs: &pairs,
        parameters: &parameters,
        question: &question,
    };
    let sealed = |error: SealError| ApiError::Internal {
        reason: error.to_string(),
    };
    let next = links.next(&page).map_err(sealed)?;
    let previous = links.previous(&page).map_err(sealed)?;
    Ok(HttpResponse::Ok().json(body(&page, next, previous)))
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

fn body(page: &UserPage, next: Option<String>, previous: Option<String>) -> PageBody<'_> {
    let (count, count_relation) = match page.count {
        Count::Exactly(users) => (Some(users), Some("eq")),
        Count::AtLeast(users) => (Some(users), Some("gte")),
        Count::About(users) => (Some(users), Some("approx")),
        Count::NotCounted => (None, None),
    };
    PageBody {
        count,
        count_relation,
        next,
        previous,
        results: page.rows.iter().map(UserRowBody::from).collect(),
    }
}
