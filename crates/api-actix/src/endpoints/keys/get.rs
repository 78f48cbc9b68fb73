//! `GET /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::KeyBody;
use super::paths;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Returns one key, also if it is revoked or expired.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let id = paths::key(&context.request)?;
    let key = context.state.api_keys.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}
