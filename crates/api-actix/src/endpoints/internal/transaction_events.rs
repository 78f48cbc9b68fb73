//! `POST /internal/v1/transaction-events/`

use actix_web::HttpResponse;
use users_domain::model::{Caller, Operation};

use super::batch::Batch;
use super::{refused, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::Ignored;

/// Records reports of transactions.
pub(crate) async fn transaction_events(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let now = state.ingest.now();
    let read = move |members, ignored: &mut Ignored| wire::transaction::read(members, now, ignored);
    let batch = Batch::of(&state, &request, payload, read).await?;
    let (reports, places) = batch.into_parts();
    let answers = state.ingest.transactions(&caller, reports).await?;
    let noting = (&**state, &caller, Operation::ReportTransactions);
    places.answer(answers, &refused::TRANSACTION, noting)
}
