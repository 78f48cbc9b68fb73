//! `POST /v3/users/create/`

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use users_domain::model::{Caller, Operation};
use users_domain::ports::Written;

use super::reply::{Reply, ResponseRenderer};
use super::{body_limits, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::{Ignored, claim, path_of, read_body};

/// Creates a user.
pub(crate) async fn create(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let body = read_body(&request, payload, &body_limits::user(&state)).await?;
    let claim = claim(&request, &caller, Operation::CreateUser, None, &body)?;
    let mut ignored = Ignored::query(&request)?;
    let today = state.users.now().date();
    let command = wire::create::read(body.members, today, &mut ignored);
    let renderer = ResponseRenderer::by(created, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let once = renderer.once(claim);
    let answered = state.users.create(&caller, command?, once).await?;
    renderer.send(&answered, &request)
}

fn created(written: &Written, ignored: &Ignored, caller: &Caller) -> Result<Reply, ApiError> {
    let path = path_of(&written.user.record.vendor_data);
    let reply = Reply::detail(StatusCode::CREATED, &written.user, caller)?;
    Ok(reply.header(&LOCATION, path).ignoring(ignored))
}
