//! Reported risk events.

use super::{automatic_move, evidence_only, is_repeat, recorded, stored_of};
use crate::model::evidence::{Evidence, EvidenceChange, ReportOutcome, RiskKind, RiskReport};
use crate::model::{CommandContext, Operation, StatusTrigger, UserStatus};
use crate::rules::{Decision, Facts, Rejection, UserChange};

/// Records a risk event. Unlike a session or a transaction, a risk event never creates a user.
#[must_use]
pub fn decide_risk(facts: &Facts, report: &RiskReport, context: &CommandContext) -> Decision {
    let after = Evidence::RiskEvent(report.event.clone());
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
            let operation = Operation::ReportRisks;
            return recorded(facts, &[], operation, ReportOutcome::Duplicate, context);
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
    let mut changes = vec![UserChange::EvidenceReported {
        change: Box::new(EvidenceChange { before: None, after }),
        standing: None,
    }];
    changes.extend(automatic_move((user.record.status, to), trigger, report.event.detail.clone()));
    recorded(facts, &changes, Operation::ReportRisks, ReportOutcome::Applied, context)
}
