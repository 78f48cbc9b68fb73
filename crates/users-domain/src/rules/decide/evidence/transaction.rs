//! A transaction was reported.

use super::{
    Update, aside, automatic_move, found_or_begun, is_repeat, kept_of, recorded, updated, worded,
};
use crate::model::evidence::{
    Evidence, EvidenceChange, RuleAction, Transaction, TransactionReport,
};
use crate::model::{ApplicationId, CommandContext, Operation, StatusTrigger, UserStatus};
use crate::rules::{Decision, Facts, Rejection, UserChange};

/// Takes a report of a transaction in: the user is made where there is none, and what its rules ask for anew is done.
#[must_use]
pub fn decide_transaction(
    facts: &Facts,
    report: &TransactionReport,
    application: ApplicationId,
    context: &CommandContext,
) -> Decision {
    let kept = match kept_of(facts, &report.vendor_data) {
        Ok(kept) => kept,
        Err(rejection) => return rejection.into(),
    };
    let before = match kept.map(|kept| &kept.evidence) {
        None => None,
        Some(Evidence::Transaction(transaction)) => Some(transaction),
        Some(_) => return Rejection::ReportConflict.into(),
    };
    let Update { receipt, next } = match next_of(before, report) {
        Ok(update) => update,
        Err(rejection) => return rejection.into(),
    };
    if let Some(kept) = kept.filter(|kept| kept.owner.deleted) {
        return aside(kept, receipt, next.map(Evidence::Transaction));
    }
    let Some(after) = next else {
        return recorded(facts, &[], Operation::ReportTransactions, receipt, context);
    };
    let (status, mut changes) = found_or_begun(facts, &report.vendor_data, application, context);
    let escalation = asked_anew(before, &after).and_then(|action| move_for(action, status, report));
    changes.push(UserChange::EvidenceReported {
        change: Box::new(EvidenceChange {
            before: before.cloned().map(Evidence::Transaction),
            after: Evidence::Transaction(after),
        }),
        standing: None,
    });
    changes.extend(escalation);
    recorded(
        facts,
        &changes,
        Operation::ReportTransactions,
        receipt,
        context,
    )
}

/// The strongest action that the revision before did not ask for: a state that is told again asks for nothing again.
fn asked_anew(before: Option<&Transaction>, after: &Transaction) -> Option<RuleAction> {
    let known = |action: &RuleAction| {
        before.is_some_and(|before| before.newest.rule_actions.contains(action))
    };
    let mut new = after
        .newest
        .rule_actions
        .iter()
        .copied()
        .filter(|action| !known(action));
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
    let reason = worded(format!(
        "a rule says {} for transaction {}",
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
    let kept = before.map(|known| (&known.newest, known.newest.revision, known.seen));
    let reported = (state.clone(), state.revision, state.occurred_at);
    let Update { receipt, next } = updated(kept, reported, |kept, state| {
        is_repeat((kept, kept.incomplete), (state, report.sent))
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
