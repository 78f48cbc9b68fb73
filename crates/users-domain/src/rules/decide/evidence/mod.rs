//! What follows from reports of other services (docs/API.md).

mod recount;
mod risk;
mod session;
mod transaction;

#[cfg(test)]
mod tests;

pub use recount::{Recount, decide_recount};
pub use risk::decide_risk;
pub use session::decide_session;
pub use transaction::decide_transaction;

use super::{begun, initial_status};
use crate::model::evidence::{
    Evidence, EvidenceChange, ReportOutcome, Revision, SentDigest, StoredEvidence, TimeSpan,
};
use crate::model::{
    ApplicationId, CommandContext, Operation, Reason, StatusTrigger, Timestamp, UserStatus,
    VendorData,
};
use crate::rules::status_machine::{Transition, transition};
use crate::rules::{
    ChangeSet, Decision, EvidenceOnly, Facts, NewUser, Outcome, Rejection, UserChange,
};

/// What a report is, next to the newest revision that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Newer,
    Same,
    Older,
}

fn age(reported: Revision, kept: Option<Revision>) -> Age {
    match kept.map(|kept| reported.cmp(&kept)) {
        None | Some(std::cmp::Ordering::Greater) => Age::Newer,
        Some(std::cmp::Ordering::Equal) => Age::Same,
        Some(std::cmp::Ordering::Less) => Age::Older,
    }
}

/// What becomes of a kept row: its next form, or nothing where it is as it was.
struct Update<T> {
    receipt: ReportOutcome,
    next: Option<T>,
}

/// Whether what is reported is what is kept: by what was sent, where not all of that could be used.
fn is_repeat<S: PartialEq>(
    kept: (&S, Option<SentDigest>),
    (reported, sent): (&S, SentDigest),
) -> bool {
    match kept {
        (_, Some(incomplete)) => incomplete == sent,
        (kept, None) => kept == reported,
    }
}

/// The newest state and the times of all, after a report; a revision says one thing only.
fn updated<S>(
    kept: Option<(&S, Revision, TimeSpan)>,
    (state, revision, at): (S, Revision, Timestamp),
    is_repeat: impl Fn(&S, &S) -> bool,
) -> Result<Update<(Option<S>, TimeSpan)>, Rejection> {
    let seen = kept.map_or(TimeSpan::at(at), |(_, _, seen)| seen.with(at));
    let applied = |receipt, next| Ok(Update { receipt, next });
    match (age(revision, kept.map(|(_, revision, _)| revision)), kept) {
        (Age::Newer, _) => applied(ReportOutcome::Applied, Some((Some(state), seen))),
        (Age::Same, Some((known, ..))) if !is_repeat(known, &state) => {
            Err(Rejection::ReportConflict)
        }
        (Age::Same, _) => applied(ReportOutcome::Duplicate, None),
        (Age::Older, Some((.., before))) if before == seen => applied(ReportOutcome::Stale, None),
        (Age::Older, _) => applied(ReportOutcome::Stale, Some((None, seen))),
    }
}

/// The kept row, unless it is somebody else's.
fn kept_of<'a>(
    facts: &'a Facts,
    vendor_data: &VendorData,
) -> Result<Option<&'a StoredEvidence>, Rejection> {
    match &facts.kept {
        Some(kept) if kept.owner.vendor_data != *vendor_data => {
            Err(Rejection::EvidenceOfAnotherUser)
        }
        kept => Ok(kept.as_ref()),
    }
}

/// What is left of a deleted user takes the row in and nothing else.
fn aside(kept: &StoredEvidence, receipt: ReportOutcome, next: Option<Evidence>) -> Decision {
    let aside = next.map(|after| {
        Box::new(EvidenceOnly {
            owner: kept.owner.user,
            change: EvidenceChange {
                before: Some(kept.evidence.clone()),
                after,
            },
        })
    });
    Decision {
        receipt: Some(receipt),
        ..Outcome::EvidenceOnly(aside).into()
    }
}

/// The status that a report finds, and the user as it begins with it where nobody is there.
fn found_or_begun(
    facts: &Facts,
    vendor_data: &VendorData,
    application: ApplicationId,
    context: &CommandContext,
) -> (UserStatus, Vec<UserChange>) {
    if let Some(user) = &facts.user {
        return (user.record.status, Vec::new());
    }
    let new = NewUser::named(vendor_data.clone(), application, context);
    (initial_status(None, facts), begun(new, None, facts))
}

/// The move to `to` that an automatic trigger asks for, if it escalates; elsewhere what caused it is taken in and the
/// status stays.
fn automatic_move(
    (from, to): (UserStatus, UserStatus),
    trigger: StatusTrigger,
    reason: Option<Reason>,
) -> Option<UserChange> {
    let moves = transition(from, to, trigger) == Transition::Move;
    moves.then_some(UserChange::StatusChanged {
        from,
        to,
        trigger,
        reason,
    })
}

/// A reason that this service words itself. Ids are far shorter than the limit of a reason.
fn worded(text: String) -> Option<Reason> {
    Reason::parse(text).ok()
}

fn recorded(
    facts: &Facts,
    changes: &[UserChange],
    operation: Operation,
    receipt: ReportOutcome,
    context: &CommandContext,
) -> Decision {
    let outcome = ChangeSet::record(facts, changes, operation, context)
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        });
    Decision {
        receipt: Some(receipt),
        ..outcome.into()
    }
}
