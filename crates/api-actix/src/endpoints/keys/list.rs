//! `GET /v3/api-keys/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::KeyBody;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Lists the keys of the application.
pub(crate) async fn list(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let keys = context.state.api_keys.list(&caller).await?;
    let rows: Vec<KeyBody<'_>> = keys.iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(rows))
}
