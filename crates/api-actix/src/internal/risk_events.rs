//! `POST /internal/v1/risk-events/`

use actix_web::HttpResponse;
use users_domain::model::{Caller, Operation};

use super::batch::Batch;
use super::{refused, rules, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::Ignored;

/// Takes risk events in.
pub(crate) async fn risk_events(
    exchange: Exchange,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let items = rules::reports(&state, &request, payload).await?;
    let mut ignored = Ignored::query(&request)?;
    let batch = Batch::read(items, |members| wire::risk::read(members, &mut ignored));
    ignored.tell(&request, Ok(()))?;
    let (reports, places) = batch.into_parts();
    let answers = state.ingest.risks(&caller, reports).await?;
    let noting = (&**state, &caller, Operation::ReportRisks);
    places.answer(answers, &refused::RISK_EVENT, noting)
}
