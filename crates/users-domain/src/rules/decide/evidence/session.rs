//! A session was reported.

use super::{
    Update, aside, automatic_move, found_or_begun, is_repeat, kept_of, recorded, updated, worded,
};
use crate::model::evidence::{Evidence, EvidenceChange, Session, SessionReport, SessionStatus};
use crate::model::{
    ApplicationId, ApplicationSettings, CommandContext, Operation, StatusTrigger, UserStatus,
};
use crate::rules::session_aggregate::{SessionAggregate, moved};
use crate::rules::{Decision, Facts, Outcome, Rejection, UserChange};

/// Takes a report of a session in: the user is made where there is none, its standing follows, and where the application
/// wants it a session that enters Declined blocks the user.
#[must_use]
pub fn decide_session(
    facts: &Facts,
    report: &SessionReport,
    settings: ApplicationSettings,
    application: ApplicationId,
    context: &CommandContext,
) -> Decision {
    let kept = match kept_of(facts, &report.vendor_data) {
        Ok(kept) => kept,
        Err(rejection) => return rejection.into(),
    };
    let before = match kept.map(|kept| &kept.evidence) {
        None => None,
        Some(Evidence::Session(session)) => Some(session),
        Some(_) => return Rejection::ReportConflict.into(),
    };
    let Update { receipt, next } = match next_of(before, report) {
        Ok(update) => update,
        Err(rejection) => return rejection.into(),
    };
    if let Some(kept) = kept.filter(|kept| kept.owner.deleted) {
        return aside(kept, receipt, next.map(Evidence::Session));
    }
    let Some(after) = next else {
        return recorded(facts, &[], Operation::ReportSessions, receipt, context);
    };
    let standing = facts
        .user
        .as_ref()
        .map(|user| SessionAggregate::of(&user.record))
        .unwrap_or_default();
    let history = facts
        .history
        .as_ref()
        .map(|history| history.sessions.as_slice());
    let Some(standing) = moved(&standing, before, &after, history) else {
        return Outcome::NeedsHistory.into();
    };
    let declines = after.newest.status == SessionStatus::Declined
        && before.is_none_or(|before| before.newest.status != SessionStatus::Declined);
    let (status, mut changes) = found_or_begun(facts, &report.vendor_data, application, context);
    let block = (declines && settings.auto_block_on_decline).then(|| {
        let reason = worded(format!("session {} was declined", report.session.as_str()));
        automatic_move(
            (status, UserStatus::Blocked),
            StatusTrigger::SessionDeclined,
            reason,
        )
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
    let kept = before.map(|session| (&session.newest, session.newest.revision, session.seen));
    let reported = (state.clone(), state.revision, state.occurred_at);
    let Update { receipt, next } = updated(kept, reported, |kept, state| {
        is_repeat((kept, kept.incomplete), (state, report.sent))
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
