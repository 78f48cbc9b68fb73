//! Reported sessions.

use super::{
    Received, automatic_move, generated_reason, received, recorded, reported, status_and_creation,
};
use crate::model::evidence::{Evidence, Session, SessionReport, SessionRevision, SessionStatus};
use crate::model::{
    ApplicationId, ApplicationSettings, CommandContext, Operation, StatusTrigger, UserStatus,
};
use crate::rules::session_aggregate::{SessionAggregate, moved};
use crate::rules::{Decision, Facts, Outcome};

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
    let new = (report.session.clone(), &report.state, report.sent);
    let stamp = |state: &SessionRevision| (state.revision, state.occurred_at, state.incomplete);
    let received = received(facts, &report.vendor_data, new, stored_session, stamp);
    let Received { before, after, receipt } = match received {
        Ok(received) => received,
        Err(decision) => return decision,
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
    changes.push(reported(before.cloned().map(Evidence::Session), after, Some(standing)));
    if declines && settings.auto_block_on_decline {
        let reason = generated_reason(format!("session {} was declined", report.session.as_str()));
        let statuses = (status, UserStatus::Blocked);
        changes.extend(automatic_move(statuses, StatusTrigger::SessionDeclined, reason));
    }
    recorded(facts, &changes, Operation::ReportSessions, receipt, context)
}

fn stored_session(evidence: &Evidence) -> Option<&Session> {
    match evidence {
        Evidence::Session(session) => Some(session),
        _ => None,
    }
}
