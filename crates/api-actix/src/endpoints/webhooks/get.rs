//! `GET /v3/webhook/destinations/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::DestinationBody;
use super::paths;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Returns one destination with its statistics.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let id = paths::destination(&context.request)?;
    let destination = context.state.destinations.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(DestinationBody::from(&destination)))
}
