//! The state of one user in a round, and the results of decisions about it.

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

/// An answer with its dependencies: it is valid only if they were written.
pub(super) struct Decided {
    /// The index of the mutation in the call.
    pub(super) number: usize,
    pub(super) answer: Answer,
    /// The evidence row that the decision read or created.
    pub(super) evidence: Option<EvidenceId>,
    /// Whether it depends only on that row, not on the user.
    pub(super) evidence_only: bool,
}

/// A user, or an entry for a user that does not exist yet.
#[derive(Default)]
pub(super) struct Subject {
    /// The user as it was read.
    before: Option<User>,
    comments: Vec<Comment>,
    /// Includes the changes of this round; `None` until it is read.
    history: Option<History>,
    changes: Vec<ChangeSet>,
    /// Whether a decision relied on the absence of a remaining block.
    expects_no_block: bool,
    /// Whether this round can decide nothing more: mutations after a deletion concern another user of that name.
    pub(super) closed: bool,
    notes: Vec<AuditEntry>,
    pub(super) decided: Vec<Decided>,
}

impl Subject {
    pub(super) fn of(user: User, comments: Vec<Comment>) -> Self {
        Self { before: Some(user), comments, ..Self::default() }
    }

    pub(super) const fn before(&self) -> Option<&User> {
        self.before.as_ref()
    }

    /// The user after the decisions so far.
    pub(super) fn user(&self) -> Option<&User> {
        let changed = self.changes.last().map(ChangeSet::user);
        changed.or(self.before.as_ref())
    }

    /// Whether the user must be written.
    pub(super) const fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether this round assigned or freed the user's name.
    pub(super) fn moved_name(&self) -> bool {
        let is_live =
            |user: Option<&User>| user.is_some_and(|user| user.record.deleted_at.is_none());
        is_live(self.before.as_ref()) != is_live(self.user())
    }

    /// Tags that the user is the first to use.
    pub(super) fn new_tags(&self) -> impl Iterator<Item = &Tag> {
        self.changes.iter().flat_map(ChangeSet::new_tags)
    }

    /// Tags that the user got in this round.
    fn gained_tags(&self) -> impl Iterator<Item = &Tag> {
        let before = tags_of(self.before.as_ref());
        tags_of(self.user()).filter(move |tag| !before.clone().any(|known| known.name == tag.name))
    }

    pub(super) const fn has_history(&self) -> bool {
        self.history.is_some()
    }

    pub(super) fn remember(&mut self, mut history: History) {
        let rows = self.changes.iter().flat_map(ChangeSet::evidence);
        rows.for_each(|row| history::add_to(&mut history, &row.after));
        self.history = Some(history);
    }

    /// Lets the mutation decide on the current facts.
    pub(super) fn ask(
        &mut self,
        mutation: &Mutation,
        tags: Vec<Tag>,
        kept: Option<StoredEvidence>,
        (taken, block_left): (&HashSet<UserId>, bool),
    ) -> Decision {
        // Moves the user into the facts, because it can be large. It is cloned only for later decisions.
        let changed = self.changes.last().map(|change| change.user().clone());
        let lent = changed.is_none();
        let mut user = changed.or_else(|| self.before.take());
        let hidden =
            user.take_if(|user| user.record.deleted_at.is_some() && !mutation.key.finds_deleted());
        let id = user.as_ref().map(|user| user.record.id);
        let is_asked = mutation.facts.block_left;
        self.expects_no_block |= is_asked && user.is_none() && !block_left;
        let is_gone = user.as_ref().is_none_or(|user| user.record.deleted_at.is_some());
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

    /// Records a decision. Returns `false` if the mutation must wait for another round. `place` is the index of this
    /// subject.
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
                    .ok_or_else(|| Failure::defect("a mutation without an effect has no user"))?;
                Ok(Written::unchanged(user, &decision, self.comments.clone()))
            }
            Outcome::Changed(change) => {
                let deletes = change.user().record.deleted_at.is_some();
                if deletes && self.before.is_none() {
                    // A user must exist in the database before it can be deleted. Later mutations wait as well.
                    self.closed = true;
                    return Ok(false);
                }
                let comments = std::mem::take(&mut self.comments);
                Ok(Written::changed(change, &decision, comments))
            }
            Outcome::EvidenceOnly(evidence_only) => {
                let receipt = decision.receipt;
                let receipt = receipt
                    .ok_or_else(|| Failure::defect("the decision about a report has no receipt"))?;
                if let Some(evidence_only) = evidence_only {
                    rows.write_evidence_only(evidence_only)?;
                }
                Err(WriteError::UserGone(receipt))
            }
            Outcome::NeedsHistory => {
                return Err(Failure::defect("a decision needs a history that it already has"));
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

    /// Adds the rows to write, except evidence. Repeated attempts create one audit entry, also within one call: `noted`
    /// contains the entries of the call.
    pub(super) fn add_to<'a>(
        &'a self,
        batch: &mut Batch<'a>,
        noted: &mut HashSet<AuditId>,
        encoder: &dyn EventEncoder,
    ) {
        let new = self.notes.iter();
        let new = new.filter(|entry| noted.insert(entry.header.id));
        let with_user = self.is_changed();
        batch.audit.extend(new.map(|entry| StoredAudit::of(entry, with_user)));
        let Some(user) = self.user().filter(|_| with_user) else {
            return;
        };
        let id = user.record.id;
        let stored = StoredUser::of(user, self.before.as_ref(), self.expects_no_block);
        batch.users.push(stored);
        let texts = self.changes.iter().rev();
        let text = texts.into_iter().find_map(ChangeSet::search_text);
        batch.search.extend(text.map(|text| StoredSearch::of(id, text)));
        batch.tags.extend(self.gained_tags().map(|tag| StoredTag::of(id, tag)));
        let mut before = self.before.as_ref();
        for change in &self.changes {
            let moved = (counted_as(before), counted_as(Some(change.user())));
            before = Some(change.user());
            let entries = change.audit().iter();
            batch.audit.extend(entries.map(|entry| StoredAudit::of(entry, true)));
            let events = change.events().iter();
            let mut events = events.map(|event| StoredEvent::of(event, encoder));
            // Every status change, creation, deletion and restoration has an event.
            batch.events.extend(events.next().map(|first| first.moving(moved)));
            batch.events.extend(events);
        }
    }
}

fn tags_of(user: Option<&User>) -> impl Iterator<Item = &Tag> + Clone {
    let tags = user.into_iter().flat_map(|user| &user.record.tags);
    tags.map(|given| &given.tag)
}

/// The status under which a user is counted.
fn counted_as(user: Option<&User>) -> Option<UserStatus> {
    let record = &user?.record;
    record.deleted_at.is_none().then_some(record.status)
}
