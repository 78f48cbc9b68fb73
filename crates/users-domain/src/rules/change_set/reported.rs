//! The description of a report in audit entries.

use crate::model::evidence::Evidence;
use crate::model::{ActivityKind, Json, Reason};

/// The kind of the entry about a report, and what the entries of the change are about.
pub(super) fn described(evidence: &Evidence) -> (ActivityKind, Json) {
    let text = |text: &str| Json::String(text.to_owned());
    match evidence {
        Evidence::Session(session) => (
            ActivityKind::Session,
            Json::object([
                ("session_id", text(session.id.as_str())),
                ("revision", Json::count(session.newest.revision.number())),
                ("status", text(session.newest.status.as_str())),
            ]),
        ),
        Evidence::Transaction(transaction) => (
            ActivityKind::Transaction,
            Json::object([
                ("transaction_id", text(transaction.id.as_str())),
                ("revision", Json::count(transaction.newest.revision.number())),
                ("status", text(transaction.newest.status.as_str())),
            ]),
        ),
        Evidence::RiskEvent(event) => (
            ActivityKind::Risk,
            Json::object([
                ("event_id", text(event.id.as_str())),
                ("kind", text(event.kind.as_str())),
                ("detail", Json::optional_string(event.detail.as_ref().map(Reason::as_str))),
            ]),
        ),
    }
}
