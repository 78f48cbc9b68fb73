//! Reported risk events.

use super::{automatic_move, evidence_only, is_repeat, recorded, reported, stored_of};
use crate::model::evidence::{Evidence, ReportOutcome, RiskKind, RiskReport};
use crate::model::{CommandContext, Operation, StatusTrigger, UserStatus};
use crate::rules::{Decision, Facts, Outcome, Rejection};

/// Records a risk event. Unlike a session or a transaction, a risk event never creates a user.
#[must_use]
pub fn decide_risk(facts: &Facts, report: &RiskReport, context: &CommandContext) -> Decision {
    let is_known = |evidence: &Evidence| match evidence {
        Evidence::RiskEvent(stored) => {
            is_repeat((stored, stored.incomplete), (&report.event, report.sent))
        }
        _ => false,
    };
    match stored_of(facts, &report.vendor_data) {
        Err(rejection) => return rejection.into(),
        Ok(Some(stored)) if !is_known(&stored.evidence) => {
            return Rejection::ReportConflict.into();
        }
        Ok(Some(stored)) if stored.owner.deleted => {
            return evidence_only(stored, ReportOutcome::Duplicate, None);
        }
        Ok(Some(_)) => {
            let receipt = Some(ReportOutcome::Duplicate);
            return Decision { receipt, ..Outcome::Unchanged.into() };
        }
        Ok(None) => {}
    }
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    let (to, trigger) = match report.event.kind {
        RiskKind::OngoingAml => (UserStatus::Flagged, StatusTrigger::OngoingAml),
        RiskKind::BlocklistMatch => (UserStatus::Blocked, StatusTrigger::BlocklistMatch),
    };
    let mut changes = vec![reported(None, report.event.clone(), None)];
    changes.extend(automatic_move((user.record.status, to), trigger, report.event.detail.clone()));
    recorded(facts, &changes, Operation::ReportRisks, ReportOutcome::Applied, context)
}
