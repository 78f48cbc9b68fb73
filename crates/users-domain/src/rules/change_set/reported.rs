//! The audit data of a report: its description and the shown values that it changed.

use super::audit_draft::changed;
use crate::model::evidence::{Evidence, RiskEvent};
use crate::model::{ActivityKind, FieldChange, Json, Reason, User, UserField};
use crate::rules::shown_value::shown_in_record;

pub(super) fn fed_changes(before: &User, after: &User) -> Vec<FieldChange> {
    let (before, after) = (&before.record, &after.record);
    let change = |field| changed(field, |record| shown_in_record(record, field), before, after);
    UserField::by_reports().filter_map(change).collect()
}

/// The change of a risk event; it appears in the event only.
pub(super) fn risk_change(event: &RiskEvent) -> FieldChange {
    FieldChange {
        field: UserField::Risk,
        previous: Json::Null,
        current: Json::String(event.kind.as_str().to_owned()),
    }
}

pub(super) const fn kind_of(evidence: &Evidence) -> ActivityKind {
    match evidence {
        Evidence::Session(_) => ActivityKind::Session,
        Evidence::Transaction(_) => ActivityKind::Transaction,
        Evidence::RiskEvent(_) => ActivityKind::Risk,
    }
}

pub(super) fn described(evidence: &Evidence) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    match evidence {
        Evidence::Session(session) => Json::object([
            ("session_id", text(session.id.as_str())),
            ("revision", Json::count(session.newest.revision.number())),
            ("status", text(session.newest.status.as_str())),
        ]),
        Evidence::Transaction(transaction) => Json::object([
            ("transaction_id", text(transaction.id.as_str())),
            ("revision", Json::count(transaction.newest.revision.number())),
            ("status", text(transaction.newest.status.as_str())),
        ]),
        Evidence::RiskEvent(event) => Json::object([
            ("event_id", text(event.id.as_str())),
            ("kind", text(event.kind.as_str())),
            ("detail", Json::optional_string(event.detail.as_ref().map(Reason::as_str))),
        ]),
    }
}
