//! One round of a commit: read facts, decide, write once. Several mutations of one user are decided in order, each on
//! the outcome of the previous one, and written together.

use std::collections::{HashMap, HashSet};

use diesel::PgConnection;
use users_domain::model::evidence::EvidenceId;
use users_domain::model::{
    ApplicationId, Comment, IdempotencyClaim, StoredResponse, Tag, TagName, User, UserId, UserKey,
    VendorData,
};
use users_domain::ports::{EventEncoder, FactsSpec, Mutation, WriteError, Written};
use users_domain::rules::{Decision, Outcome};

use super::evidence::{KnownRows, Writer};
use super::evidence_only;
use super::history::histories_of;
use super::subject::{Decided, Subject};
use super::write::Batch;
use crate::failure::Failure;

pub(super) type Answer = Result<Written, WriteError>;

/// A mutation and its index in the call.
pub(super) type Numbered<'a> = (usize, &'a Mutation);

#[derive(Default)]
pub(super) struct Finished {
    /// Answers with the indexes of their mutations.
    pub(super) answers: Vec<(usize, Answer)>,
    /// Indexes of mutations to retry.
    pub(super) left: Vec<usize>,
}

#[derive(Default)]
pub(super) struct Known {
    pub(super) users: Vec<(User, Vec<Comment>)>,
    pub(super) tags: HashMap<TagName, Tag>,
    /// Deleted users whose `vendor_data` belongs to another user.
    pub(super) taken: HashSet<UserId>,
    /// Names without a live user whose last deleted user was BLOCKED.
    pub(super) blocks_left: HashSet<String>,
    /// Read after the users.
    pub(super) rows: KnownRows,
}

pub(super) struct Round<'a> {
    application: ApplicationId,
    encoder: &'a dyn EventEncoder,
    subjects: Vec<Subject>,
    by_name: HashMap<VendorData, usize>,
    by_id: HashMap<UserId, usize>,
    /// Its tags and rows include the decisions so far; its users are the subjects.
    known: Known,
    /// Names that this round assigned or freed.
    moved_names: HashSet<VendorData>,
    /// The number of decisions that needed a history which was not read in advance.
    unforeseen: usize,
    left: Vec<usize>,
}

impl<'a> Round<'a> {
    pub(super) fn on(
        application: ApplicationId,
        encoder: &'a dyn EventEncoder,
        mut known: Known,
    ) -> Self {
        let users = std::mem::take(&mut known.users);
        let mut round = Self {
            application,
            encoder,
            subjects: Vec::new(),
            by_name: HashMap::new(),
            by_id: HashMap::new(),
            known,
            moved_names: HashSet::new(),
            unforeseen: 0,
            left: Vec::new(),
        };
        for (user, comments) in users {
            let place = round.subjects.len();
            if user.record.deleted_at.is_none() {
                round.by_name.insert(user.record.vendor_data.clone(), place);
            }
            round.by_id.insert(user.record.id, place);
            round.subjects.push(Subject::of(user, comments));
        }
        round
    }

    /// Decides all mutations in order. Reads the requested histories at once, and others when decisions need them.
    pub(super) fn decide(
        &mut self,
        connection: &mut PgConnection,
        mutations: &[Numbered<'_>],
    ) -> Result<(), Failure> {
        let foreseen = self.foreseen(mutations);
        self.read_histories(connection, |place| foreseen.contains(&place))?;
        for numbered in mutations {
            if !self.decide_one(connection, *numbered)? {
                self.left.push(numbered.0);
            }
        }
        Ok(())
    }

    /// The users whose histories are read in advance. A single decision requests its history only if it needs it, and a
    /// user without approved sessions hardly ever needs one.
    fn foreseen(&self, mutations: &[Numbered<'_>]) -> HashSet<usize> {
        let asking = mutations.iter().filter(|(_, mutation)| mutation.facts.history);
        let places = asking.filter_map(|(_, mutation)| self.known_place_of(&mutation.key));
        let is_approved = |place: &usize| {
            let user = self.subjects.get(*place).and_then(Subject::before);
            user.is_some_and(|user| user.record.counters.approved_count > 0)
        };
        if mutations.len() > 1 { places.filter(is_approved).collect() } else { HashSet::new() }
    }

    /// Returns `false` if the mutation must wait for another round.
    fn decide_one(
        &mut self,
        connection: &mut PgConnection,
        numbered: Numbered<'_>,
    ) -> Result<bool, Failure> {
        let (_, mutation) = numbered;
        let place = self.place_of(&mutation.key);
        if self.is_closed(place, mutation)? {
            return Ok(false);
        }
        let mut decision = self.ask(place, mutation)?;
        if decision.outcome == Outcome::NeedsHistory {
            self.read_unforeseen(connection, place)?;
            decision = self.ask(place, mutation)?;
        }
        let subject = at(&mut self.subjects, place)?;
        let taken = subject.take(numbered, decision, place, &mut self.known.rows)?;
        // Later mutations see the tags and names of this one.
        let new_tags = subject.new_tags();
        self.known.tags.extend(new_tags.map(|tag| (tag.name.clone(), tag.clone())));
        let Some(record) = subject.user().map(|user| &user.record) else {
            return Ok(taken);
        };
        self.by_id.insert(record.id, place);
        if subject.moved_name() {
            let name = record.vendor_data.clone();
            if record.deleted_at.is_none() {
                self.by_name.insert(name.clone(), place);
            }
            self.moved_names.insert(name);
        }
        Ok(taken)
    }

    /// Whether this round cannot decide about a user any more. Mutations after a waiting one wait as well.
    fn is_closed(&mut self, place: usize, mutation: &Mutation) -> Result<bool, Failure> {
        let subject = at(&mut self.subjects, place)?;
        let evidence = mutation.facts.evidence.as_ref();
        subject.closed |= evidence.is_some_and(|id| {
            let user = subject.before();
            self.known.rows.is_torn(id, &mutation.key, user)
        });
        let name = subject.before().map(|user| &user.record.vendor_data);
        subject.closed |=
            mutation.facts.name_taken && name.is_some_and(|name| self.moved_names.contains(name));
        Ok(subject.closed)
    }

    fn ask(&mut self, place: usize, mutation: &Mutation) -> Result<Decision, Failure> {
        let FactsSpec { tags, evidence, .. } = &mutation.facts;
        let tags = tags.iter().filter_map(|name| self.known.tags.get(name).cloned());
        let stored = evidence.as_ref().and_then(|id| self.known.rows.find(id)).cloned();
        let subject = at(&mut self.subjects, place)?;
        let name = match &mutation.key {
            UserKey::VendorData(name) => Some(name),
            UserKey::Id(_) => None,
            UserKey::IdIncludingDeleted(_) => subject.before().map(|user| &user.record.vendor_data),
        };
        let block_left = name.is_some_and(|name| self.known.blocks_left.contains(name.as_str()));
        Ok(subject.ask(mutation, tags.collect(), stored, (&self.known.taken, block_left)))
    }

    /// The first history that is needed is read alone; the second time, those of all remaining users are read, so that
    /// a call with many late reports does not send a statement for each.
    fn read_unforeseen(
        &mut self,
        connection: &mut PgConnection,
        place: usize,
    ) -> Result<(), Failure> {
        self.unforeseen += 1;
        if self.unforeseen > 1 {
            self.read_histories(connection, |_| true)
        } else {
            self.read_histories(connection, |each| each == place)
        }
    }

    /// Reads the histories of the selected users, unless they are already read.
    fn read_histories(
        &mut self,
        connection: &mut PgConnection,
        is_selected: impl Fn(usize) -> bool,
    ) -> Result<(), Failure> {
        let subjects = self.subjects.iter_mut().enumerate();
        let mut asking: Vec<&mut Subject> = subjects
            .filter(|(place, subject)| is_selected(*place) && !subject.has_history())
            .map(|(_, subject)| subject)
            .collect();
        let present: Vec<UserId> =
            asking.iter().filter_map(|subject| Some(subject.before()?.record.id)).collect();
        let mut histories = histories_of(connection, self.application, &present)?;
        for subject in &mut asking {
            let id = subject.before().map(|user| user.record.id);
            // A user that does not exist has no evidence.
            let history = id.and_then(|id| histories.remove(&id));
            subject.remember(history.unwrap_or_default());
        }
        Ok(())
    }

    /// Whether every decision creates a user. Decisions without read facts are valid only then: the insert checks that
    /// the user does not exist.
    pub(super) fn only_creates(&self) -> bool {
        let creates = |subject: &Subject| subject.before().is_none() && subject.is_changed();
        self.left.is_empty() && self.subjects.iter().all(creates)
    }

    /// The answer of the only mutation before it is written; `None` if it must be retried.
    pub(super) fn only_answer(&self) -> Option<&Answer> {
        let decided = self.subjects.iter().flat_map(|subject| &subject.decided);
        decided.map(|decided| &decided.answer).next()
    }

    /// Writes the only mutation together with the response of its call. Returns `false` if it lost a race.
    pub(super) fn write_once(
        &self,
        connection: &mut PgConnection,
        claim: &IdempotencyClaim,
        stored: &StoredResponse,
    ) -> Result<bool, Failure> {
        let batch = self.batch();
        batch.write_once(connection, self.application, claim, stored)
    }

    /// Writes the decisions. Mutations that depend on a lost race are returned for a retry.
    pub(super) fn write(mut self, connection: &mut PgConnection) -> Result<Finished, Failure> {
        let batch = self.batch();
        let written = if batch.is_empty() {
            HashSet::new()
        } else {
            batch.write(connection, self.application)?
        };
        let written_evidence =
            evidence_only::write(connection, self.application, &self.known.rows)?;
        let lost: Vec<bool> = self
            .subjects
            .iter()
            .map(|subject| {
                let id = subject.user().map(|user| user.record.id);
                subject.is_changed() && !id.is_some_and(|id| written.contains(&id))
            })
            .collect();
        let has_lost = |place: usize| lost.get(place).copied().unwrap_or_default();
        let row_lost = |id: &EvidenceId| match self.known.rows.writer_of(id) {
            Some(Writer::Subject(place)) => has_lost(place),
            Some(Writer::EvidenceOnly) => !written_evidence.contains(id),
            None => false,
        };
        let mut finished = Finished::default();
        for (place, subject) in self.subjects.into_iter().enumerate() {
            for decided in subject.decided {
                let Decided { number, answer, evidence, evidence_only } = decided;
                if (has_lost(place) && !evidence_only) || evidence.as_ref().is_some_and(row_lost) {
                    self.left.push(number);
                } else {
                    finished.answers.push((number, answer));
                }
            }
        }
        self.left.sort_unstable();
        finished.left = self.left;
        Ok(finished)
    }

    fn known_place_of(&self, key: &UserKey) -> Option<usize> {
        match key {
            UserKey::VendorData(name) => self.by_name.get(name).copied(),
            UserKey::Id(id) | UserKey::IdIncludingDeleted(id) => self.by_id.get(id).copied(),
        }
    }

    fn place_of(&mut self, key: &UserKey) -> usize {
        if let Some(place) = self.known_place_of(key) {
            return place;
        }
        let place = self.subjects.len();
        match key {
            UserKey::VendorData(name) => self.by_name.insert(name.clone(), place),
            UserKey::Id(id) | UserKey::IdIncludingDeleted(id) => self.by_id.insert(*id, place),
        };
        self.subjects.push(Subject::default());
        place
    }

    fn batch(&self) -> Batch<'_> {
        let mut batch = Batch::default();
        let mut noted = HashSet::new();
        for subject in &self.subjects {
            subject.add_to(&mut batch, &mut noted, self.encoder);
        }
        for (row, pending) in self.known.rows.pending() {
            if pending.writer != Writer::EvidenceOnly {
                batch.evidence.add(row, pending.before.is_none());
            }
        }
        batch
    }
}

fn at(subjects: &mut [Subject], place: usize) -> Result<&mut Subject, Failure> {
    let subject = subjects.get_mut(place);
    subject.ok_or_else(|| Failure::defect("a mutation has no user entry"))
}
