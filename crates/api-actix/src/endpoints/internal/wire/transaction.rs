//! Reads reports of transactions.

use std::collections::BTreeSet;

use users_domain::model::evidence::{
    RuleAction, TransactionId, TransactionReport, TransactionRevision, TransactionStatus,
};
use users_domain::model::{InvalidValue, Timestamp};

use super::{Read, Revised, incomplete, note_replaced_time, sent};
use crate::http::error::FieldErrors;
use crate::http::request::fields::{Entries, Fields};

/// The most rule actions that are read from a transaction.
const MAX_ACTIONS: usize = 1000;

/// The members with the content of a revision, without those that identify it.
const STATE: [&str; 3] = ["status", "occurred_at", "rule_actions"];

/// Reads a report, or the errors of its required members.
pub(in crate::endpoints::internal) fn read(
    mut fields: Fields<'_>,
    now: Timestamp,
) -> Result<Read<TransactionReport>, FieldErrors> {
    let sent = sent(&fields.members, &STATE);
    let transaction = fields.required_text("transaction_id", TransactionId::parse);
    let status = fields.required_choice("status", TransactionStatus::parse);
    let revised = Revised::read(&mut fields, now);
    let errors = std::mem::take(&mut fields.errors);
    let actions = fields.first_texts("rule_actions", MAX_ACTIONS);
    fields.ignore_rest();
    let mut left_out = fields.errors;
    note_replaced_time(revised.as_ref(), &mut left_out);
    let rule_actions = rule_actions(actions.value().unwrap_or_default(), &mut left_out);
    let report = transaction.zip(status).zip(revised);
    let report = report.map(|((transaction, status), revised)| TransactionReport {
        transaction,
        vendor_data: revised.vendor_data,
        state: TransactionRevision {
            revision: revised.revision,
            status,
            occurred_at: revised.occurred_at,
            rule_actions,
            incomplete: incomplete(sent, &left_out),
        },
        sent,
    });
    Read::of(report, errors, &left_out)
}

/// The known actions of the list; records an error for each unknown one.
fn rule_actions(entries: Entries, errors: &mut FieldErrors) -> BTreeSet<RuleAction> {
    let mut actions = BTreeSet::new();
    for entry in entries {
        let action = entry.map_err(|_| InvalidValue::UnknownWord);
        let action = action.and_then(|word| RuleAction::parse(&word));
        actions.extend(errors.keep("rule_actions", action));
    }
    actions
}
