//! `GET /v3/users/{vendor_data}/activity/`

use actix_web::HttpResponse;
use users_domain::model::{Caller, UserKey};

use super::bodies::ActivityBody;
use super::links::around;
use super::parameters::{ACTIVITY, ignore_others, read_activity};
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::cursor::Scope;
use crate::http::error::ApiError;
use crate::http::origin;
use crate::http::page::{Links, Page};
use crate::http::request::{path_of, vendor_data};

/// Returns one page of the activity of a user, newest first.
pub(crate) async fn activity(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let pairs = context.query()?;
    ignore_others(&context.request, &pairs, ACTIVITY)?;
    let state = &context.state;
    let name = vendor_data(&context.request)?.ok_or(ApiError::NotFound)?;
    let part = name.as_str().as_bytes();
    let scope = Scope::new(&state.key_ring, caller.application(), "activity", part);
    let key = UserKey::VendorData(name.clone());
    let check = state.users.check_precondition(&caller, &key, None);
    let requested = valid(read_activity(&pairs, &scope), check).await?;
    let page = state.audit.activity(&caller, &name, requested.start, requested.size);
    let page = page.await?;
    let links = Links {
        origin: origin::of(&context.request, &state.settings),
        path: format!("{}activity/", path_of(&name)),
        scope: &scope,
        size: requested.size,
        parameters: Vec::new(),
    };
    let (next, previous) = around(&links, requested.start, &page)?;
    let results = page.entries.iter().map(ActivityBody::try_from);
    let results: Vec<_> = results.collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(Page::new(results, next, previous)))
}
