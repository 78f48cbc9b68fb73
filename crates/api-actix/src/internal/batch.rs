//! The reports of one call. Owns that each is answered at its place, whatever is wrong with others.

use actix_web::{HttpRequest, HttpResponse, web};
use users_domain::model::{Caller, Operation};
use users_domain::service::ReportAnswer;

use super::body_limits;
use super::noting;
use super::refused::Refused;
use super::results_body::{ResultBody, ResultsBody};
use super::wire::Read;
use crate::error::{ApiError, FieldErrors, NON_FIELD_ERRORS, messages};
use crate::request::{Ignored, Item, Members};
use crate::state::AppState;

/// What could be read, and where it stood.
pub(super) struct Batch<T> {
    reports: Vec<T>,
    places: Places,
}

/// One place per item: its errors, or what was left out of it where it was read and is answered later.
pub(super) struct Places(Vec<Result<Vec<String>, FieldErrors>>);

impl<T> Batch<T> {
    /// Reads the body of a call, item by item.
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

    /// Reads every item.
    fn read(
        items: Vec<Item>,
        mut read: impl FnMut(Members) -> Result<Read<T>, FieldErrors>,
    ) -> Self {
        let mut reports = Vec::with_capacity(items.len());
        let places = items.into_iter().map(|item| {
            let Read { report, dropped } = item.map_err(no_object).and_then(&mut read)?;
            reports.push(report);
            Ok(dropped)
        });
        let places = Places(places.collect());
        Self { reports, places }
    }

    /// The reports in their order, and the places of all items.
    pub(super) fn into_parts(self) -> (Vec<T>, Places) {
        (self.reports, self.places)
    }
}

fn no_object(type_name: &str) -> FieldErrors {
    FieldErrors::of(NON_FIELD_ERRORS, messages::not_a_dictionary(type_name))
}

impl Places {
    /// The answer to the call, from the answers to the reports that could be read. Notes those that are errors.
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
        let results = results.ok_or_else(|| ApiError::Internal {
            reason: "a report was not answered".to_owned(),
        })?;
        let errors: Vec<_> = results.iter().filter_map(ResultBody::error).collect();
        noting::note(state, caller, operation, &errors);
        let errors = errors.len();
        Ok(HttpResponse::Ok().json(ResultsBody { results, errors }))
    }
}
