//! The reports of one request. Each item gets its own result, independent of errors in other items.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use users_domain::model::{Caller, Operation};
use users_domain::service::{IngestService, ReportAnswer};

use super::refused::Refused;
use super::results_body::{ResultBody, ResultsBody};
use super::wire::Read;
use crate::endpoints::state::AppState;
use crate::http::error::{ApiError, FieldErrors, NON_FIELD_ERRORS, messages};
use crate::http::request::{BodyRules, Ignored, Item, JSON, Members, read_items};

/// A report needs three levels within an array; unknown members must be ignored, not rejected.
const MAX_DEPTH: usize = 32;

/// The readable reports and the place of each item.
pub(super) struct Batch<T> {
    reports: Vec<T>,
    places: Places,
}

/// One entry per item: its errors, or the dropped members of a readable report, whose result follows.
pub(super) struct Places(Vec<Result<Vec<String>, FieldErrors>>);

impl<T> Batch<T> {
    /// Reads the items of a request body.
    pub(super) async fn of(
        state: &AppState,
        request: &HttpRequest,
        payload: web::Payload,
        read: impl Fn(Members, &mut Ignored) -> Result<Read<T>, FieldErrors> + Send + 'static,
    ) -> Result<Self, ApiError>
    where
        T: Send + 'static,
    {
        let query = Ignored::query(request);
        let read = move |items| {
            let mut ignored = query?;
            let batch = Self::read(items, |members| read(members, &mut ignored));
            Ok::<_, ApiError>((batch, ignored))
        };
        let rules = BodyRules {
            media_types: &[JSON],
            max_bytes: state.settings.max_ingest_body_bytes,
            max_depth: MAX_DEPTH,
        };
        let max = IngestService::MAX_REPORTS;
        let (batch, ignored) = read_items(request, payload, &rules, max, read).await??;
        Ok(ignored.attach(request, Ok(batch))?)
    }

    fn read(
        items: Vec<Item>,
        mut read: impl FnMut(Members) -> Result<Read<T>, FieldErrors>,
    ) -> Self {
        let mut reports = Vec::with_capacity(items.len());
        let places = items.into_iter().map(|item| {
            let Read { report, dropped } = item.map_err(not_an_object).and_then(&mut read)?;
            reports.push(report);
            Ok(dropped)
        });
        let places = Places(places.collect());
        Self { reports, places }
    }

    /// The reports in order, and the places of all items.
    pub(super) fn into_parts(self) -> (Vec<T>, Places) {
        (self.reports, self.places)
    }
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
    ) -> Result<HttpResponse, ApiError> {
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
    state.ingest_metrics.count(operation, errors.len());
    let reasons: BTreeSet<String> = errors.iter().flat_map(|errors| errors.reasons()).collect();
    let listed = reasons.iter().map(String::as_str).collect::<Vec<_>>();
    tracing::warn!(
        operation = operation.as_str(),
        errors = errors.len(),
        reasons = listed.join("; "),
        "reports were refused"
    );
    let entry = state.audit.refused_reports(caller, operation, errors.len(), reasons);
    state.gate.note_refusal(entry);
}
