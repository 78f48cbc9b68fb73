//! Reported sessions.

use super::{
    Update, automatic_move, evidence_only, generated_reason, is_repeat, recorded,
    status_and_creation, stored_of, updated,
};
use crate::model::evidence::{Evidence, EvidenceChange, Session, SessionReport, SessionStatus};
use crate::model::{
    ApplicationId, ApplicationSettings, CommandContext, Operation, StatusTrigger, UserStatus,
};
use crate::rules::session_aggregate::{SessionAggregate, moved};
use crate::rules::{Decision, Facts, Outcome, Rejection, UserChange};

/// Records a reported session: creates the user if there is none and updates its session aggregate. If
/// `auto_block_on_decline` is set, a session that becomes Declined blocks the user.
#[must_use]
pub fn decide_session(
    facts: &Facts,
    report: &SessionReport,
    settings: ApplicationSettings,
    application: ApplicationId,
    context: &CommandContext,
) -> Decision {
    let stored = match stored_of(facts, &report.vendor_data) {
        Ok(stored) => stored,
        Err(rejection) => return rejection.into(),
    };
    let before = match stored.map(|stored| &stored.evidence) {
        None => None,
        Some(Evidence::Session(session)) => Some(session),
        Some(_) => return Rejection::ReportConflict.into(),
    };
    let Update { receipt, next } = match next_of(before, report) {
        Ok(update) => update,
        Err(rejection) => return rejection.into(),
    };
    if let Some(stored) = stored.filter(|stored| stored.owner.deleted) {
        return evidence_only(stored, receipt, next.map(Evidence::Session));
    }
    let Some(after) = next else {
        return recorded(facts, &[], Operation::ReportSessions, receipt, context);
    };
    let standing =
        facts.user.as_ref().map(|user| SessionAggregate::of(&user.record)).unwrap_or_default();
    let history = facts.history.as_ref().map(|history| history.sessions.as_slice());
    let Some(standing) = moved(&standing, before, &after, history) else {
        return Outcome::NeedsHistory.into();
    };
    let declines = after.newest.status == SessionStatus::Declined
        && before.is_none_or(|before| before.newest.status != SessionStatus::Declined);
    let (status, mut changes) =
        status_and_creation(facts, &report.vendor_data, application, context);
    let block = (declines && settings.auto_block_on_decline).then(|| {
        let reason = generated_reason(format!("session {} was declined", report.session.as_str()));
        automatic_move((status, UserStatus::Blocked), StatusTrigger::SessionDeclined, reason)
    });
    changes.push(UserChange::EvidenceReported {
        change: Box::new(EvidenceChange {
            before: before.cloned().map(Evidence::Session),
            after: Evidence::Session(after),
        }),
        standing: Some(Box::new(standing)),
    });
    changes.extend(block.flatten());
    recorded(facts, &changes, Operation::ReportSessions, receipt, context)
}

fn next_of(before: Option<&Session>, report: &SessionReport) -> Result<Update<Session>, Rejection> {
    let state = &report.state;
    let stored = before.map(|session| (&session.newest, session.newest.revision, session.seen));
    let reported = (state.clone(), state.revision, state.occurred_at);
    let Update { receipt, next } = updated(stored, reported, |stored, state| {
        is_repeat((stored, stored.incomplete), (state, report.sent))
    })?;
    let next = next.map(|(newest, seen)| Session {
        id: report.session.clone(),
        newest: newest
            .or_else(|| before.map(|session| session.newest.clone()))
            .unwrap_or_else(|| state.clone()),
        seen,
    });
    Ok(Update { receipt, next })
}
