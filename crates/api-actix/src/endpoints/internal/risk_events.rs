//! `POST /internal/v1/risk-events/`

use actix_web::HttpResponse;
use users_domain::model::{Caller, Operation};

use super::batch::Batch;
use super::{refused, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Records risk events.
pub(crate) async fn risk_events(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let batch = Batch::of(&state, &request, payload, wire::risk::read).await?;
    let (reports, places) = batch.into_parts();
    let answers = state.ingest.risks(&caller, reports).await?;
    let noting = (&**state, &caller, Operation::ReportRisks);
    places.answer(answers, &refused::RISK_EVENT, noting)
}
