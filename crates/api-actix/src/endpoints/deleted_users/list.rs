//! `GET /v3/users/deleted/`: the deleted users that are still stored. Defines the parameters, cursors and links of the
//! list.

use actix_web::HttpResponse;
use key_ring::KeyRing;
use users_domain::model::{ApplicationId, Caller, DeletedPosition, PageSize};

use super::body::PageBody;
use super::cursor;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::{ApiError, FieldErrors, messages};
use crate::http::origin;
use crate::http::request::Ignored;
use crate::http::request::parameters::{Reader, page_size};

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
    let (keys, application) = (&*state.key_ring, caller.application());
    let (after, size) = ignored.attach(request, read(&pairs, keys, application))?;
    let page = state.deleted_users.list(&caller, after, size).await?;
    let next = match page.next {
        None => None,
        Some(place) => {
            let sealed = cursor::seal(place, keys, application);
            let cursor = sealed.map_err(|error| ApiError::Internal {
                reason: error.to_string(),
            })?;
            let limit = size.rows().to_string();
            let pairs = [("cursor", cursor.as_str()), ("limit", limit.as_str())];
            let origin = origin::of(request, &state.settings);
            Some(origin::url(&origin, PATH, pairs.into_iter()))
        }
    };
    Ok(HttpResponse::Ok().json(PageBody::new(&page.rows, next, &caller)))
}

/// Reads the requested page, or all field errors.
fn read(
    pairs: &[(String, String)],
    keys: &KeyRing,
    application: ApplicationId,
) -> Result<(Option<DeletedPosition>, PageSize), FieldErrors> {
    let mut reader = Reader::new(pairs);
    let size = reader.one(&["limit", "page_size"], page_size);
    let after = reader.one(&["cursor"], |text| {
        cursor::open(text, keys, application).ok_or_else(|| messages::INVALID_CURSOR.to_owned())
    });
    let errors = reader.into_errors();
    if errors.is_empty() {
        Ok((after, size.unwrap_or(PageSize::DEFAULT)))
    } else {
        Err(errors)
    }
}
