//! The handlers of reports, and the error messages for reports that the rules reject.

use users_domain::model::{Caller, Operation};
use users_domain::rules::Rejection;

use super::{batch, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::{ApiError, FieldErrors, NON_FIELD_ERRORS};
use crate::http::handler::HandlerResult;
use crate::http::request::fields::Fields;

pub(crate) async fn session_events(context: RequestContext, caller: Caller) -> HandlerResult {
    let now = context.state.services.ingest.now();
    let read = move |fields: Fields<'_>| wire::session::read(fields, now);
    let (state, reports, places) = batch::read(context, read).await?;
    let answers = state.services.ingest.sessions(&caller, reports).await?;
    places.answer(answers, &SESSION, (&state, &caller, Operation::ReportSessions))
}

pub(crate) async fn transaction_events(context: RequestContext, caller: Caller) -> HandlerResult {
    let now = context.state.services.ingest.now();
    let read = move |fields: Fields<'_>| wire::transaction::read(fields, now);
    let (state, reports, places) = batch::read(context, read).await?;
    let answers = state.services.ingest.transactions(&caller, reports).await?;
    places.answer(answers, &TRANSACTION, (&state, &caller, Operation::ReportTransactions))
}

pub(crate) async fn risk_events(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, reports, places) = batch::read(context, wire::risk::read).await?;
    let answers = state.services.ingest.risks(&caller, reports).await?;
    places.answer(answers, &RISK_EVENT, (&state, &caller, Operation::ReportRisks))
}

pub(super) struct Refused {
    /// The item belongs to another user.
    another_users: &'static str,
    /// The field of an item that was reported before with other content, and its message.
    conflict: (&'static str, &'static str),
}

const REVISION: (&str, &str) =
    ("revision", "This revision was reported before with other content.");

const SESSION: Refused = Refused {
    another_users: "By its id, this session belongs to another user.",
    conflict: REVISION,
};

const TRANSACTION: Refused = Refused {
    another_users: "By its id, this transaction belongs to another user.",
    conflict: REVISION,
};

const RISK_EVENT: Refused = Refused {
    another_users: "By its id, this risk event belongs to another user.",
    conflict: ("event_id", "This risk event was reported before with other content."),
};

impl Refused {
    pub(super) fn errors(&self, rejection: Rejection) -> FieldErrors {
        match rejection {
            Rejection::EvidenceOfAnotherUser => FieldErrors::of("vendor_data", self.another_users),
            Rejection::ReportConflict => {
                let (field, message) = self.conflict;
                FieldErrors::of(field, message)
            }
            Rejection::UserNotFound => {
                FieldErrors::of("vendor_data", "There is no user with this vendor_data.")
            }
            other => {
                let error = ApiError::from(other);
                let whole = || FieldErrors::of(NON_FIELD_ERRORS, error.detail());
                error.fields().unwrap_or_else(whole)
            }
        }
    }
}
