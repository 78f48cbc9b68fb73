//! Decisions on reports of other services (docs/API.md).

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

use std::cmp::Ordering;

use super::{creation_changes, decided, initial_status, new_user};
use crate::model::evidence::{
    Evidence, EvidenceChange, ReportOutcome, Revised, Revision, SentDigest, StoredEvidence,
    TimeSpan,
};
use crate::model::{
    ApplicationId, CommandContext, Operation, Reason, StatusTrigger, Timestamp, UserStatus,
    VendorData,
};
use crate::rules::session_aggregate::SessionAggregate;
use crate::rules::status_machine::{Transition, transition};
use crate::rules::{Decision, EvidenceOnly, Facts, Outcome, Rejection, UserChange};

/// Whether a report repeats the stored one. Reports that could not be used completely are compared by digest.
fn is_repeat<S: PartialEq>(
    stored: (&S, Option<SentDigest>),
    (reported, sent): (&S, SentDigest),
) -> bool {
    match stored {
        (_, Some(incomplete)) => incomplete == sent,
        (stored, None) => stored == reported,
    }
}

/// Revision and time of a state, and the digest of its report if only part of it could be used.
type Stamp<S> = fn(&S) -> (Revision, Timestamp, Option<SentDigest>);

/// The new row after a report, if any. A report with a known revision and different content is a conflict.
fn updated<Id, S: Clone + PartialEq>(
    before: Option<&Revised<Id, S>>,
    (id, state, sent): (Id, &S, SentDigest),
    stamp: Stamp<S>,
) -> Result<(ReportOutcome, Option<Revised<Id, S>>), Rejection> {
    let newest = state.clone();
    let (revision, at, _) = stamp(state);
    let Some(stored) = before else {
        let row = Revised { id, newest, seen: TimeSpan::at(at) };
        return Ok((ReportOutcome::Applied, Some(row)));
    };
    let seen = stored.seen.with(at);
    let known = &stored.newest;
    let (known_revision, _, incomplete) = stamp(known);
    Ok(match revision.cmp(&known_revision) {
        Ordering::Greater => (ReportOutcome::Applied, Some(Revised { id, newest, seen })),
        Ordering::Equal if is_repeat((known, incomplete), (state, sent)) => {
            (ReportOutcome::Duplicate, None)
        }
        Ordering::Equal => return Err(Rejection::ReportConflict),
        Ordering::Less if seen == stored.seen => (ReportOutcome::Stale, None),
        Ordering::Less => (ReportOutcome::Stale, Some(Revised { id, newest: known.clone(), seen })),
    })
}

/// A report that changes the row of a user that is not deleted.
struct Received<'a, Id, S> {
    before: Option<&'a Revised<Id, S>>,
    after: Revised<Id, S>,
    receipt: ReportOutcome,
}

/// Compares a report with the stored row. `Err` is the decision if at most the row changes.
fn received<'a, Id, S: Clone + PartialEq>(
    facts: &'a Facts,
    vendor_data: &VendorData,
    report: (Id, &S, SentDigest),
    stored_as: fn(&Evidence) -> Option<&Revised<Id, S>>,
    stamp: Stamp<S>,
) -> Result<Received<'a, Id, S>, Decision>
where
    Evidence: From<Revised<Id, S>>,
{
    let stored = stored_of(facts, vendor_data)?;
    let before = stored.map(|stored| stored_as(&stored.evidence).ok_or(Rejection::ReportConflict));
    let before = before.transpose()?;
    let (receipt, next) = updated(before, report, stamp)?;
    match (stored, next) {
        (Some(stored), next) if stored.owner.deleted => {
            Err(evidence_only(stored, receipt, next.map(Evidence::from)))
        }
        (_, Some(after)) => Ok(Received { before, after, receipt }),
        (_, None) => Err(Decision { receipt: Some(receipt), ..Outcome::Unchanged.into() }),
    }
}

/// The change that stores a row.
fn reported(
    before: Option<Evidence>,
    after: impl Into<Evidence>,
    standing: Option<SessionAggregate>,
) -> UserChange {
    UserChange::EvidenceReported {
        change: Box::new(EvidenceChange { before, after: after.into() }),
        standing: standing.map(Box::new),
    }
}

/// The stored row, or a rejection if it belongs to another user.
fn stored_of<'a>(
    facts: &'a Facts,
    vendor_data: &VendorData,
) -> Result<Option<&'a StoredEvidence>, Rejection> {
    match &facts.kept {
        Some(stored) if stored.owner.vendor_data != *vendor_data => {
            Err(Rejection::EvidenceOfAnotherUser)
        }
        stored => Ok(stored.as_ref()),
    }
}

/// For a deleted user, only the evidence row is written.
fn evidence_only(
    stored: &StoredEvidence,
    receipt: ReportOutcome,
    next: Option<Evidence>,
) -> Decision {
    let row = next.map(|after| {
        Box::new(EvidenceOnly {
            owner: stored.owner.user,
            change: EvidenceChange { before: Some(stored.evidence.clone()), after },
        })
    });
    Decision { receipt: Some(receipt), ..Outcome::EvidenceOnly(row).into() }
}

/// The current status of the user; if there is no user, the initial status and the changes that create the user.
fn status_and_creation(
    facts: &Facts,
    vendor_data: &VendorData,
    application: ApplicationId,
    context: &CommandContext,
) -> (UserStatus, Vec<UserChange>) {
    if let Some(user) = &facts.user {
        return (user.record.status, Vec::new());
    }
    let new = new_user(vendor_data.clone(), application, facts, context);
    (initial_status(None, facts), creation_changes(new, None, facts))
}

/// The status change caused by an automatic trigger, or `None` if it does not escalate.
fn automatic_move(
    (from, to): (UserStatus, UserStatus),
    trigger: StatusTrigger,
    reason: Option<Reason>,
) -> Option<UserChange> {
    let moves = transition(from, to, trigger) == Transition::Move;
    moves.then_some(UserChange::StatusChanged { from, to, trigger, reason })
}

/// A reason generated by this service. Ids are far shorter than the limit of a reason.
fn generated_reason(text: String) -> Option<Reason> {
    Reason::parse(text).ok()
}

fn recorded(
    facts: &Facts,
    changes: &[UserChange],
    operation: Operation,
    receipt: ReportOutcome,
    context: &CommandContext,
) -> Decision {
    Decision { receipt: Some(receipt), ..decided(facts, changes, operation, context) }
}
