//! What a round knows of one user, and what its decisions came to.

use std::collections::HashSet;

use users_domain::model::evidence::{EvidenceId, History, StoredEvidence};
use users_domain::model::{AuditEntry, AuditId, Comment, Tag, User, UserId, UserStatus};
use users_domain::ports::{EventEncoder, Facts, Mutation, WriteError, Written};
use users_domain::rules::{ChangeSet, Decision, Outcome};

use super::evidence::KnownRows;
use super::history;
use super::round::Answer;
use super::stored::{StoredEvent, StoredSearch, StoredTag, StoredUser};
use super::write::Batch;
use crate::audit::StoredAudit;
use crate::failure::Failure;

/// An answer, and what it rests on: it is only good where that was written.
pub(super) struct Decided {
    /// Its place in the call.
    pub(super) number: usize,
    pub(super) answer: Answer,
    /// The row that the decision saw or made.
    pub(super) evidence: Option<EvidenceId>,
    /// Whether it rests on that row alone, and on nothing of the user.
    pub(super) evidence_only: bool,
}

/// A user, or the place where none is yet.
#[derive(Default)]
pub(super) struct Subject {
    /// As it was read.
    before: Option<User>,
    comments: Vec<Comment>,
    /// With what this round changed; none while nobody asked for it.
    history: Option<History>,
    changes: Vec<ChangeSet>,
    /// Whether it was decided that nobody is there who left a block behind.
    expects_no_block: bool,
    /// Decided as far as this round can: what comes after a deletion is about another user of that name.
    pub(super) closed: bool,
    notes: Vec<AuditEntry>,
    pub(super) decided: Vec<Decided>,
}

impl Subject {
    /// A user that is there.
    pub(super) fn of(user: User, comments: Vec<Comment>) -> Self {
        Self {
            before: Some(user),
            comments,
            ..Self::default()
        }
    }

    /// The user as it was read.
    pub(super) const fn before(&self) -> Option<&User> {
        self.before.as_ref()
    }

    /// The user as decisions left it.
    pub(super) fn user(&self) -> Option<&User> {
        let changed = self.changes.last().map(ChangeSet::user);
        changed.or(self.before.as_ref())
    }

    /// Whether there is anything to be written of the user.
    pub(super) const fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether its name is somebody's who was not there before, or is free again.
    pub(super) fn moved_name(&self) -> bool {
        let there = |user: Option<&User>| user.is_some_and(|user| user.record.deleted_at.is_none());
        there(self.before.as_ref()) != there(self.user())
    }

    /// Tags that it was the first to use.
    pub(super) fn new_tags(&self) -> impl Iterator<Item = &Tag> {
        self.changes.iter().flat_map(ChangeSet::new_tags)
    }

    /// Tags that it has now and had not when it was read.
    fn gained_tags(&self) -> impl Iterator<Item = &Tag> {
        let before = tags_of(self.before.as_ref());
        tags_of(self.user()).filter(move |tag| !before.clone().any(|known| known.name == tag.name))
    }

    /// Whether its history was asked for before.
    pub(super) const fn has_history(&self) -> bool {
        self.history.is_some()
    }

    /// Takes in its history as it was read.
    pub(super) fn remember(&mut self, mut history: History) {
        let rows = self.changes.iter().flat_map(ChangeSet::evidence);
        rows.for_each(|row| history::add_to(&mut history, &row.after));
        self.history = Some(history);
    }

    /// What the mutation decides on all that is known.
    pub(super) fn ask(
        &mut self,
        mutation: &Mutation,
        tags: Vec<Tag>,
        kept: Option<StoredEvidence>,
        (taken, block_left): (&HashSet<UserId>, bool),
    ) -> Decision {
        // Lent, as a user can be large. Only who is decided on again is copied.
        let changed = self.changes.last().map(|change| change.user().clone());
        let lent = changed.is_none();
        let mut user = changed.or_else(|| self.before.take());
        let hidden =
            user.take_if(|user| user.record.deleted_at.is_some() && !mutation.key.finds_deleted());
        let id = user.as_ref().map(|user| user.record.id);
        let is_asked = mutation.facts.block_left;
        self.expects_no_block |= is_asked && user.is_none() && !block_left;
        let is_gone = user
            .as_ref()
            .is_none_or(|user| user.record.deleted_at.is_some());
        let facts = Facts {
            block_left: is_asked && is_gone && block_left,
            name_taken: mutation.facts.name_taken && id.is_some_and(|id| taken.contains(&id)),
            user,
            comments: std::mem::take(&mut self.comments),
            tags,
            kept,
            history: self.history.take(),
        };
        let decision = (mutation.decide)(&facts);
        if lent {
            self.before = facts.user.or(hidden);
        }
        self.comments = facts.comments;
        self.history = facts.history;
        decision
    }

    /// Takes in a decision; `false` leaves the mutation for another round. `place` is that of this subject.
    pub(super) fn take(
        &mut self,
        (number, mutation): (usize, &Mutation),
        mut decision: Decision,
        place: usize,
        rows: &mut KnownRows,
    ) -> Result<bool, Failure> {
        let evidence_only = matches!(decision.outcome, Outcome::EvidenceOnly(_));
        let answer = match &decision.outcome {
            Outcome::Refused(rejection) => Err(WriteError::Refused(rejection.clone())),
            Outcome::Unchanged => {
                let user = self
                    .user()
                    .ok_or_else(|| Failure::defect("no change of no user"))?;
                Ok(Written::unchanged(user, &decision, self.comments.clone()))
            }
            Outcome::Changed(change) => {
                let deletes = change.user().record.deleted_at.is_some();
                if deletes && self.before.is_none() {
                    // It must be seen to be there before it can go. Those that follow it wait with it.
                    self.closed = true;
                    return Ok(false);
                }
                let comments = std::mem::take(&mut self.comments);
                Ok(Written::changed(change, &decision, comments))
            }
            Outcome::EvidenceOnly(evidence_only) => {
                let receipt = decision.receipt;
                let receipt =
                    receipt.ok_or_else(|| Failure::defect("a report without a receipt"))?;
                if let Some(evidence_only) = evidence_only {
                    rows.write_evidence_only(evidence_only)?;
                }
                Err(WriteError::UserGone(receipt))
            }
            Outcome::NeedsHistory => {
                return Err(Failure::defect("a decision that no history is enough for"));
            }
        };
        self.notes.append(&mut decision.notes);
        if let (Outcome::Changed(change), Ok(written)) = (decision.outcome, &answer) {
            self.comments.clone_from(&written.user.comments);
            self.absorb(*change, place, rows);
        }
        self.decided.push(Decided {
            number,
            answer,
            evidence: mutation.facts.evidence.clone(),
            evidence_only,
        });
        Ok(true)
    }

    fn absorb(&mut self, change: ChangeSet, place: usize, rows: &mut KnownRows) {
        let record = &change.user().record;
        self.closed = record.deleted_at.is_some();
        for row in change.evidence() {
            rows.keep(record, place, row);
            if let Some(history) = &mut self.history {
                history::add_to(history, &row.after);
            }
        }
        self.changes.push(change);
    }

    /// Adds what is to be written, but for the rows of evidence. Repeated attempts make one entry, also within one call:
    /// `noted` has those of the call.
    pub(super) fn add_to<'a>(
        &'a self,
        batch: &mut Batch<'a>,
        noted: &mut HashSet<AuditId>,
        encoder: &dyn EventEncoder,
    ) {
        let new = self.notes.iter();
        let new = new.filter(|entry| noted.insert(entry.header.id));
        let with_user = self.is_changed();
        batch
            .audit
            .extend(new.map(|entry| StoredAudit::of(entry, with_user)));
        let Some(user) = self.user().filter(|_| with_user) else {
            return;
        };
        let id = user.record.id;
        let stored = StoredUser::of(user, self.before.as_ref(), self.expects_no_block);
        batch.users.push(stored);
        let texts = self.changes.iter().rev();
        let text = texts.into_iter().find_map(ChangeSet::search_text);
        batch
            .search
            .extend(text.map(|text| StoredSearch::of(id, text)));
        batch
            .tags
            .extend(self.gained_tags().map(|tag| StoredTag::of(id, tag)));
        let mut before = self.before.as_ref();
        for change in &self.changes {
            let moved = (counted_as(before), counted_as(Some(change.user())));
            before = Some(change.user());
            let version = change.user().record.version;
            let entries = change.audit().iter();
            batch
                .audit
                .extend(entries.map(|entry| StoredAudit::of(entry, true)));
            let events = change.events().iter();
            let mut events = events.map(|event| StoredEvent::of(event, version, encoder));
            // Every change of status, creation, deletion and restoration has an event.
            batch
                .events
                .extend(events.next().map(|first| first.moving(moved)));
            batch.events.extend(events);
        }
    }
}

fn tags_of(user: Option<&User>) -> impl Iterator<Item = &Tag> + Clone {
    let tags = user.into_iter().flat_map(|user| &user.record.tags);
    tags.map(|given| &given.tag)
}

/// Among which users a user is counted.
fn counted_as(user: Option<&User>) -> Option<UserStatus> {
    let record = &user?.record;
    record.deleted_at.is_none().then_some(record.status)
}
