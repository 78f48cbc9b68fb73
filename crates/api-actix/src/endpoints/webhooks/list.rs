//! `GET /v3/webhook/destinations/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::DestinationRowBody;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Lists all destinations of the application.
pub(crate) async fn list(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let destinations = context.state.destinations.list(&caller).await?;
    let rows: Vec<DestinationRowBody<'_>> = destinations.iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(rows))
}
