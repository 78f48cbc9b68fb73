//! One round: facts, decisions, one write. Several mutations of one user are decided one after the other, each on the
//! outcome of the one before, and written as one.

use std::collections::{HashMap, HashSet};

use diesel::PgConnection;
use users_domain::model::{
    ApplicationId, AuditEntry, Comment, Tag, TagName, User, UserEvent, UserId, UserKey, VendorData,
};
use users_domain::ports::{EventEncoder, Facts, Mutation, WriteError, Written};
use users_domain::rules::{ChangeSet, Decision, Outcome};

use super::stored::{StoredAudit, StoredEvent, StoredSearch, StoredTag, StoredUser};
use super::write::Batch;
use crate::failure::Failure;

/// What came of a mutation.
pub(super) type Answer = Result<Written, WriteError>;

/// A mutation and its place in the call.
pub(super) type Numbered<'a> = (usize, &'a Mutation);

/// What a round did.
#[derive(Default)]
pub(super) struct Finished {
    /// Answers by place.
    pub(super) answers: Vec<(usize, Answer)>,
    /// Places to be tried again.
    pub(super) left: Vec<usize>,
}

/// A user, or the place where none is yet.
#[derive(Default)]
struct Subject {
    /// As it was read.
    before: Option<User>,
    /// As decisions left it.
    user: Option<User>,
    comments: Vec<Comment>,
    changed: bool,
    /// Decided as far as this round can: what comes after a deletion is about another user of that name.
    closed: bool,
    search_text: Option<String>,
    new_tags: Vec<Tag>,
    audit: Vec<AuditEntry>,
    notes: Vec<AuditEntry>,
    /// With the version that the change of each left.
    events: Vec<(UserEvent, u64)>,
    answers: Vec<(usize, Answer)>,
}

/// Everything that a round knows.
pub(super) struct Round<'a> {
    application: ApplicationId,
    encoder: &'a dyn EventEncoder,
    subjects: Vec<Subject>,
    by_name: HashMap<VendorData, usize>,
    by_id: HashMap<UserId, usize>,
    tags: HashMap<TagName, Tag>,
    left: Vec<usize>,
}

impl<'a> Round<'a> {
    /// A round on these facts.
    pub(super) fn on(
        application: ApplicationId,
        encoder: &'a dyn EventEncoder,
        users: Vec<(User, Vec<Comment>)>,
        tags: HashMap<TagName, Tag>,
    ) -> Self {
        let mut round = Self {
            application,
            encoder,
            subjects: Vec::new(),
            by_name: HashMap::new(),
            by_id: HashMap::new(),
            tags,
            left: Vec::new(),
        };
        for (user, comments) in users {
            let place = round.subjects.len();
            round.by_name.insert(user.record.vendor_data.clone(), place);
            round.by_id.insert(user.record.id, place);
            round.subjects.push(Subject {
                before: Some(user.clone()),
                user: Some(user),
                comments,
                ..Subject::default()
            });
        }
        round
    }

    /// Decides all, in order.
    pub(super) fn decide<'m>(
        &mut self,
        mutations: impl IntoIterator<Item = Numbered<'m>>,
    ) -> Result<(), Failure> {
        for (number, mutation) in mutations {
            let place = self.place_of(&mutation.key);
            let asked = mutation
                .facts
                .tags
                .iter()
                .filter_map(|name| self.tags.get(name).cloned())
                .collect();
            let Some(subject) = self.subjects.get_mut(place) else {
                continue;
            };
            if subject.decide(number, mutation, asked)? {
                // What it made is there for those that follow.
                self.tags.extend(
                    subject
                        .new_tags
                        .iter()
                        .map(|tag| (tag.name.clone(), tag.clone())),
                );
                self.by_id
                    .extend(subject.user.as_ref().map(|user| (user.record.id, place)));
            } else {
                self.left.push(number);
            }
        }
        Ok(())
    }

    /// Whether every decision changes something that was not there. Decisions on facts that nobody read are only good
    /// for that: the database then finds out whether it holds.
    pub(super) fn only_creates(&self) -> bool {
        self.left.is_empty()
            && self
                .subjects
                .iter()
                .all(|subject| subject.before.is_none() && subject.changed)
    }

    /// Writes what was decided. A user that lost a race has its mutations left.
    pub(super) fn write(mut self, connection: &mut PgConnection) -> Result<Finished, Failure> {
        let written = {
            let batch = self.batch();
            if batch.is_empty() {
                HashSet::default()
            } else {
                batch.write(connection, self.application)?
            }
        };
        let mut finished = Finished::default();
        for subject in self.subjects {
            let is_written = subject
                .user
                .as_ref()
                .is_some_and(|user| written.contains(&user.record.id));
            if is_written || !subject.changed {
                finished.answers.extend(subject.answers);
            } else {
                self.left
                    .extend(subject.answers.iter().map(|(number, _)| *number));
            }
        }
        self.left.sort_unstable();
        finished.left = self.left;
        Ok(finished)
    }

    fn place_of(&mut self, key: &UserKey) -> usize {
        let known = match key {
            UserKey::VendorData(name) => self.by_name.get(name),
            UserKey::Id(id) => self.by_id.get(id),
        };
        if let Some(place) = known {
            return *place;
        }
        let place = self.subjects.len();
        match key {
            UserKey::VendorData(name) => self.by_name.insert(name.clone(), place),
            UserKey::Id(id) => self.by_id.insert(*id, place),
        };
        self.subjects.push(Subject::default());
        place
    }

    fn batch(&self) -> Batch<'_> {
        let mut batch = Batch::default();
        // Repeated attempts make one entry, also within one call.
        let mut seen = HashSet::new();
        for subject in &self.subjects {
            let notes = subject
                .notes
                .iter()
                .filter(|entry| seen.insert(entry.header.id));
            batch
                .audit
                .extend(notes.map(|entry| StoredAudit::of(entry, subject.changed)));
            let Some(user) = subject.user.as_ref().filter(|_| subject.changed) else {
                continue;
            };
            let id = user.record.id;
            batch
                .users
                .push(StoredUser::of(user, subject.before.as_ref()));
            batch.search.extend(
                subject
                    .search_text
                    .as_deref()
                    .map(|body| StoredSearch::of(id, body)),
            );
            batch
                .tags
                .extend(subject.new_tags.iter().map(|tag| StoredTag::of(id, tag)));
            batch.audit.extend(
                subject
                    .audit
                    .iter()
                    .map(|entry| StoredAudit::of(entry, true)),
            );
            batch.events.extend(
                subject
                    .events
                    .iter()
                    .map(|(event, version)| StoredEvent::of(event, *version, self.encoder)),
            );
        }
        batch
    }
}

impl Subject {
    /// Decides one mutation; `false` leaves it for another round.
    fn decide(
        &mut self,
        number: usize,
        mutation: &Mutation,
        tags: Vec<Tag>,
    ) -> Result<bool, Failure> {
        if self.closed {
            return Ok(false);
        }
        let facts = Facts {
            user: self.user.clone(),
            comments: self.comments.clone(),
            tags,
        };
        let decision = (mutation.decide)(&facts);
        let answer = match &decision.outcome {
            Outcome::Refused(rejection) => Err(WriteError::Refused(rejection.clone())),
            Outcome::Unchanged => {
                let user = facts
                    .user
                    .as_ref()
                    .ok_or_else(|| Failure::defect("no change of no user"))?;
                Ok(Written::unchanged(user, &decision, facts.comments.clone()))
            }
            Outcome::Changed(change) => {
                let deletes = change.user().record.deleted_at.is_some();
                if deletes && self.before.is_none() {
                    // It must be seen to be there before it can go. Those that follow it wait with it.
                    self.closed = true;
                    return Ok(false);
                }
                Ok(self.absorb(change, &decision))
            }
        };
        self.notes.extend(decision.notes);
        self.answers.push((number, answer));
        Ok(true)
    }

    fn absorb(&mut self, change: &ChangeSet, decision: &Decision) -> Written {
        let written = Written::changed(change, decision, std::mem::take(&mut self.comments));
        self.comments.clone_from(&written.user.comments);
        self.user = Some(change.user().clone());
        self.changed = true;
        self.closed = change.user().record.deleted_at.is_some();
        if let Some(text) = change.search_text() {
            self.search_text = Some(text.to_owned());
        }
        self.new_tags.extend(change.new_tags().iter().cloned());
        self.audit.extend(change.audit().iter().cloned());
        let version = change.user().record.version;
        self.events
            .extend(change.events().iter().map(|event| (event.clone(), version)));
        written
    }
}
