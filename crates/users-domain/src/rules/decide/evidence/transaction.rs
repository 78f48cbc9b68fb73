//! Reported transactions.

use super::{
    Update, automatic_move, evidence_only, generated_reason, is_repeat, recorded,
    status_and_creation, stored_of, updated,
};
use crate::model::evidence::{
    Evidence, EvidenceChange, RuleAction, Transaction, TransactionReport,
};
use crate::model::{ApplicationId, CommandContext, Operation, StatusTrigger, UserStatus};
use crate::rules::{Decision, Facts, Rejection, UserChange};

/// Records a reported transaction: creates the user if there is none and applies the strongest rule action that is new.
#[must_use]
pub fn decide_transaction(
    facts: &Facts,
    report: &TransactionReport,
    application: ApplicationId,
    context: &CommandContext,
) -> Decision {
    let stored = match stored_of(facts, &report.vendor_data) {
        Ok(stored) => stored,
        Err(rejection) => return rejection.into(),
    };
    let before = match stored.map(|stored| &stored.evidence) {
        None => None,
        Some(Evidence::Transaction(transaction)) => Some(transaction),
        Some(_) => return Rejection::ReportConflict.into(),
    };
    let Update { receipt, next } = match next_of(before, report) {
        Ok(update) => update,
        Err(rejection) => return rejection.into(),
    };
    if let Some(stored) = stored.filter(|stored| stored.owner.deleted) {
        return evidence_only(stored, receipt, next.map(Evidence::Transaction));
    }
    let Some(after) = next else {
        return recorded(facts, &[], Operation::ReportTransactions, receipt, context);
    };
    let (status, mut changes) =
        status_and_creation(facts, &report.vendor_data, application, context);
    let escalation =
        newly_requested(before, &after).and_then(|action| move_for(action, status, report));
    changes.push(UserChange::EvidenceReported {
        change: Box::new(EvidenceChange {
            before: before.cloned().map(Evidence::Transaction),
            after: Evidence::Transaction(after),
        }),
        standing: None,
    });
    changes.extend(escalation);
    recorded(facts, &changes, Operation::ReportTransactions, receipt, context)
}

/// The strongest action that the previous revision did not request. Repeating an action has no effect.
fn newly_requested(before: Option<&Transaction>, after: &Transaction) -> Option<RuleAction> {
    let known = |action: &RuleAction| {
        before.is_some_and(|before| before.newest.rule_actions.contains(action))
    };
    let mut new = after.newest.rule_actions.iter().copied().filter(|action| !known(action));
    new.next_back()
}

fn move_for(
    action: RuleAction,
    status: UserStatus,
    report: &TransactionReport,
) -> Option<UserChange> {
    let to = match action {
        RuleAction::Flag => UserStatus::Flagged,
        RuleAction::Block => UserStatus::Blocked,
    };
    let reason = generated_reason(format!(
        "a rule requests {} for transaction {}",
        action.as_str(),
        report.transaction.as_str()
    ));
    automatic_move((status, to), StatusTrigger::TransactionRule, reason)
}

fn next_of(
    before: Option<&Transaction>,
    report: &TransactionReport,
) -> Result<Update<Transaction>, Rejection> {
    let state = &report.state;
    let stored = before.map(|known| (&known.newest, known.newest.revision, known.seen));
    let reported = (state.clone(), state.revision, state.occurred_at);
    let Update { receipt, next } = updated(stored, reported, |stored, state| {
        is_repeat((stored, stored.incomplete), (state, report.sent))
    })?;
    let next = next.map(|(newest, seen)| Transaction {
        id: report.transaction.clone(),
        newest: newest
            .or_else(|| before.map(|known| known.newest.clone()))
            .unwrap_or_else(|| state.clone()),
        seen,
    });
    Ok(Update { receipt, next })
}
