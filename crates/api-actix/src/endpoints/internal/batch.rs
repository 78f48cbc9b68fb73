//! The reports of one request. Each item gets its own result, independent of errors in other items.

use actix_web::{HttpRequest, HttpResponse, web};
use users_domain::model::{Caller, Operation};
use users_domain::service::ReportAnswer;

use super::body_limits;
use super::noting;
use super::refused::Refused;
use super::results_body::{ResultBody, ResultsBody};
use super::wire::Read;
use crate::endpoints::state::AppState;
use crate::http::error::{ApiError, FieldErrors, NON_FIELD_ERRORS, messages};
use crate::http::request::{Ignored, Item, Members};

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
        let (batch, ignored) = body_limits::reports(state, request, payload, read).await??;
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
        noting::note(state, caller, operation, &errors);
        let errors = errors.len();
        Ok(HttpResponse::Ok().json(ResultsBody { results, errors }))
    }
}
