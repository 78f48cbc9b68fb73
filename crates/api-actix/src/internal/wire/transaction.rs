//! A report of a transaction.

use users_domain::model::Timestamp;
use users_domain::model::evidence::{
    RuleAction, TransactionId, TransactionReport, TransactionRevision, TransactionStatus,
};

use super::lists::within_limit;
use super::revisions::RevisionFields;
use crate::error::{FieldErrors, messages};
use crate::request::fields::{Entries, Fields, each, required};
use crate::request::{Ignored, Members, Sent};

/// By type right, and not yet more.
#[derive(Debug)]
struct TransactionBody {
    transaction_id: Sent<String>,
    status: Sent<TransactionStatus>,
    revision: RevisionFields,
    rule_actions: Sent<Entries>,
}

/// Reads a report, or all that is wrong with it. Adds to `ignored` what nobody reads.
pub(in crate::internal) fn read(
    members: Members,
    now: Timestamp,
    ignored: &mut Ignored,
) -> Result<TransactionReport, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = TransactionBody {
        transaction_id: fields.text("transaction_id"),
        status: fields.choice("status", TransactionStatus::parse),
        revision: RevisionFields::take(&mut fields),
        rule_actions: fields.texts("rule_actions"),
    };
    let mut errors = fields.ignore_rest(ignored);
    let report = body.parse(now, &mut errors);
    report.filter(|_| errors.is_empty()).ok_or(errors)
}

impl TransactionBody {
    /// `None` only with an error noted.
    fn parse(self, now: Timestamp, errors: &mut FieldErrors) -> Option<TransactionReport> {
        let name = "transaction_id";
        let transaction = required(self.transaction_id, name, errors, TransactionId::parse);
        let status = required(self.status, "status", errors, Ok);
        let revision = self.revision.parse(now, errors);
        let name = "rule_actions";
        let actions = within_limit(self.rule_actions, name, errors);
        let rule_actions = each(actions, name, errors, |word| {
            RuleAction::parse(&word).map_err(|_| messages::not_a_choice(&word))
        });
        let revision = revision?;
        Some(TransactionReport {
            transaction: transaction?,
            vendor_data: revision.vendor_data,
            state: TransactionRevision {
                revision: revision.revision,
                status: status?,
                occurred_at: revision.occurred_at,
                rule_actions: rule_actions.into_iter().collect(),
            },
        })
    }
}
