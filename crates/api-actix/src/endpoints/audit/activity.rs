//! `GET /v3/users/{vendor_data}/activity/`

use actix_web::HttpResponse;
use users_domain::model::{AuditFilter, Caller, UserKey};

use super::bodies::{ActivityBody, PageBody};
use super::cursor::Owner;
use super::links::Links;
use super::parameters::{ACTIVITY, ignore_others, read_activity};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::origin;
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
    let owner = Owner::User(caller.application(), &name);
    let requested = match read_activity(&pairs, &state.key_ring, owner) {
        Ok(requested) => requested,
        Err(errors) => {
            // An unknown user takes precedence over parameter errors.
            let key = UserKey::VendorData(name.clone());
            state.users.check_precondition(&caller, &key, None).await?;
            return Err(errors.into());
        }
    };
    let page = state
        .audit
        .activity(&caller, &name, requested.start, requested.size);
    let page = page.await?;
    let links = Links {
        origin: origin::of(&context.request, &state.settings),
        path: format!("{}activity/", path_of(&name)),
        keys: &state.key_ring,
        owner,
        filter: &AuditFilter::default(),
        start: requested.start,
        size: requested.size,
    };
    let (next, previous) = links.around(&page)?;
    let results = page.entries.iter().map(ActivityBody::try_from);
    let body = PageBody::new(results.collect::<Result<_, _>>()?, next, previous);
    Ok(HttpResponse::Ok().json(body))
}
