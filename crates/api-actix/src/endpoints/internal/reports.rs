//! The handlers of reports.

use actix_web::HttpResponse;
use users_domain::model::{Caller, Operation};

use super::batch::Batch;
use super::{refused, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::Ignored;

/// Records reports of sessions.
pub(crate) async fn session_events(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let now = state.ingest.now();
    let read = move |members, ignored: &mut Ignored| wire::session::read(members, now, ignored);
    let batch = Batch::of(&state, &request, payload, read).await?;
    let (reports, places) = batch.into_parts();
    let answers = state.ingest.sessions(&caller, reports).await?;
    let noting = (&**state, &caller, Operation::ReportSessions);
    places.answer(answers, &refused::SESSION, noting)
}

/// Records reports of transactions.
pub(crate) async fn transaction_events(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let now = state.ingest.now();
    let read = move |members, ignored: &mut Ignored| wire::transaction::read(members, now, ignored);
    let batch = Batch::of(&state, &request, payload, read).await?;
    let (reports, places) = batch.into_parts();
    let answers = state.ingest.transactions(&caller, reports).await?;
    let noting = (&**state, &caller, Operation::ReportTransactions);
    places.answer(answers, &refused::TRANSACTION, noting)
}

/// Records risk events.
pub(crate) async fn risk_events(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let batch = Batch::of(&state, &request, payload, wire::risk::read).await?;
    let (reports, places) = batch.into_parts();
    let answers = state.ingest.risks(&caller, reports).await?;
    let noting = (&**state, &caller, Operation::ReportRisks);
    places.answer(answers, &refused::RISK_EVENT, noting)
}
