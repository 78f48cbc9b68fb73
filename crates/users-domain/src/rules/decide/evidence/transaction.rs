//! Reported transactions.

use super::{
    Received, automatic_move, generated_reason, received, recorded, reported, status_and_creation,
};
use crate::model::evidence::{
    Evidence, RuleAction, Transaction, TransactionReport, TransactionRevision,
};
use crate::model::{ApplicationId, CommandContext, Operation, StatusTrigger, UserStatus};
use crate::rules::{Decision, Facts, UserChange};

/// Records a reported transaction: creates the user if there is none and applies the strongest rule action that is new.
#[must_use]
pub fn decide_transaction(
    facts: &Facts,
    report: &TransactionReport,
    application: ApplicationId,
    context: &CommandContext,
) -> Decision {
    let new = (report.transaction.clone(), &report.state, report.sent);
    let stamp = |state: &TransactionRevision| (state.revision, state.occurred_at, state.incomplete);
    let received = received(facts, &report.vendor_data, new, stored_transaction, stamp);
    let Received { before, after, receipt } = match received {
        Ok(received) => received,
        Err(decision) => return decision,
    };
    let (status, mut changes) =
        status_and_creation(facts, &report.vendor_data, application, context);
    let escalation =
        newly_requested(before, &after).and_then(|action| move_for(action, status, report));
    changes.push(reported(before.cloned().map(Evidence::Transaction), after, None));
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

fn stored_transaction(evidence: &Evidence) -> Option<&Transaction> {
    match evidence {
        Evidence::Transaction(transaction) => Some(transaction),
        _ => None,
    }
}
