//! The reports of one request. Each item gets its own result, independent of errors in other items.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use users_domain::model::{Caller, Operation};
use users_domain::service::{IngestService, ReportAnswer};

use super::reports::Refused;
use super::results_body::{ResultBody, ResultsBody};
use super::wire::Read;
use crate::endpoints::request_context::RequestContext;
use crate::endpoints::state::AppState;
use crate::http::error::{ApiError, FieldErrors, NON_FIELD_ERRORS, messages};
use crate::http::handler::HandlerResult;
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, Item, read_items};

/// One entry per item: its errors, or the dropped members of a readable report, whose result follows.
pub(super) struct Places(Vec<Result<Vec<String>, FieldErrors>>);

/// Reads the items of a request body: the readable reports in order, and the places of all items.
pub(super) async fn read<T: Send + 'static>(
    context: RequestContext,
    read: impl Fn(Fields<'_>) -> Result<Read<T>, FieldErrors> + Send + 'static,
) -> Result<(web::Data<AppState>, Vec<T>, Places), ApiError> {
    let RequestContext { state, request, payload } = context;
    let query = Ignored::query(&request);
    let read = move |items: Vec<Item>| {
        let mut ignored = query?;
        let mut reports = Vec::with_capacity(items.len());
        let places = items.into_iter().map(|item| {
            let members = item.map_err(not_an_object)?;
            let Read { report, dropped } = read(Fields::new(members, &mut ignored))?;
            reports.push(report);
            Ok(dropped)
        });
        let places = Places(places.collect());
        Ok::<_, ApiError>((reports, places, ignored))
    };
    let max_bytes = state.settings.max_ingest_body_bytes;
    let max_items = IngestService::MAX_REPORTS;
    let read = read_items(&request, payload, max_bytes, max_items, read).await?;
    let (reports, places, ignored) = read?;
    ignored.attach(&request, Ok(()))?;
    Ok((state, reports, places))
}

fn not_an_object(type_name: &str) -> FieldErrors {
    FieldErrors::of(NON_FIELD_ERRORS, messages::not_a_dictionary(type_name))
}

impl Places {
    /// Builds the response from the results of the readable reports, and records the errors.
    pub(super) fn answer(
        self,
        answers: Vec<ReportAnswer>,
        refused: &Refused,
        (state, caller, operation): (&AppState, &Caller, Operation),
    ) -> HandlerResult {
        let mut answers = answers.into_iter();
        let results = self.0.into_iter().map(|place| {
            let dropped = match place {
                Ok(dropped) => dropped,
                Err(errors) => return Some(ResultBody::errors(errors)),
            };
            Some(match answers.next()? {
                Ok(reported) => ResultBody::reported(reported, dropped),
                Err(rejection) => ResultBody::errors(refused.errors(rejection)),
            })
        });
        let results: Option<Vec<_>> = results.collect();
        let results = results
            .ok_or_else(|| ApiError::Internal { reason: "a report has no result".to_owned() })?;
        let errors: Vec<_> = results.iter().filter_map(ResultBody::error).collect();
        note(state, caller, operation, &errors);
        let errors = errors.len();
        Ok(HttpResponse::Ok().json(ResultsBody { results, errors }))
    }
}

/// Records the errors of rejected reports: in a metric, a log line and an audit entry. Each contains the reasons, never a
/// value of the reports.
fn note(state: &AppState, caller: &Caller, operation: Operation, errors: &[&FieldErrors]) {
    if errors.is_empty() {
        return;
    }
    state.services.ingest_metrics.count(operation, errors.len());
    let reasons: BTreeSet<String> = errors.iter().flat_map(|errors| errors.reasons()).collect();
    let listed = reasons.iter().map(String::as_str).collect::<Vec<_>>();
    tracing::warn!(
        operation = operation.as_str(),
        errors = errors.len(),
        reasons = listed.join("; "),
        "reports were refused"
    );
    let entry = state.services.audit.refused_reports(caller, operation, errors.len(), reasons);
    state.gate.note_refusal(entry);
}
