//! `POST /internal/v1/session-events/`

use actix_web::HttpResponse;
use users_domain::model::{Caller, Operation};

use super::batch::Batch;
use super::{refused, rules, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::Ignored;

/// Takes reports of sessions in.
pub(crate) async fn session_events(
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
    let now = state.ingest.now();
    let batch = Batch::read(items, |members| {
        wire::session::read(members, now, &mut ignored)
    });
    ignored.tell(&request, Ok(()))?;
    let (reports, places) = batch.into_parts();
    let answers = state.ingest.sessions(&caller, reports).await?;
    let noting = (&**state, &caller, Operation::ReportSessions);
    places.answer(answers, &refused::SESSION, noting)
}
