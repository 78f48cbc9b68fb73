//! `GET /v3/users/{vendor_data}/legal-hold/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::Named;
use super::answer::answer;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Returns whether a user is under legal hold, since when and why.
pub(crate) async fn get(
    context: RequestContext,
    caller: Caller,
    named: Named,
) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let key = named(&context.request)?;
    let user = context.state.users.legal_hold(&caller, &key).await?;
    Ok(answer(&user.record, &caller))
}
