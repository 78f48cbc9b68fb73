//! Records rejected reports: a metric, a log line and an audit entry. Each contains the reasons, never a value of the
//! reports.

use std::collections::BTreeSet;

use users_domain::model::{Caller, Operation};

use crate::endpoints::state::AppState;
use crate::http::error::FieldErrors;

/// Records the errors of one request, one per rejected report.
pub(super) fn note(
    state: &AppState,
    caller: &Caller,
    operation: Operation,
    errors: &[&FieldErrors],
) {
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
