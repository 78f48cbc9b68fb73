//! A risk was reported.

use super::{aside, automatic_move, is_repeat, kept_of, recorded};
use crate::model::evidence::{Evidence, EvidenceChange, ReportOutcome, RiskKind, RiskReport};
use crate::model::{CommandContext, Operation, StatusTrigger, UserStatus};
use crate::rules::{Decision, Facts, Rejection, UserChange};

/// Takes a risk event in. It makes no user: only sessions and transactions do.
#[must_use]
pub fn decide_risk(facts: &Facts, report: &RiskReport, context: &CommandContext) -> Decision {
    let after = Evidence::RiskEvent(report.event.clone());
    let is_known = |evidence: &Evidence| match evidence {
        Evidence::RiskEvent(kept) => {
            is_repeat((kept, kept.incomplete), (&report.event, report.sent))
        }
        _ => false,
    };
    match kept_of(facts, &report.vendor_data) {
        Err(rejection) => return rejection.into(),
        Ok(Some(kept)) if !is_known(&kept.evidence) => {
            return Rejection::ReportConflict.into();
        }
        Ok(Some(kept)) if kept.owner.deleted => return aside(kept, ReportOutcome::Duplicate, None),
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
        change: Box::new(EvidenceChange {
            before: None,
            after,
        }),
        standing: None,
    }];
    changes.extend(automatic_move(
        (user.record.status, to),
        trigger,
        report.event.detail.clone(),
    ));
    recorded(
        facts,
        &changes,
        Operation::ReportRisks,
        ReportOutcome::Applied,
        context,
    )
}
