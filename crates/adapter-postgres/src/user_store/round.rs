//! One round: facts, decisions, one write. Several mutations of one user are decided one after the other, each on the
//! outcome of the one before, and written as one.

use std::collections::{HashMap, HashSet};

use diesel::PgConnection;
use users_domain::model::evidence::EvidenceId;
use users_domain::model::{
    ApplicationId, Comment, Tag, TagName, User, UserId, UserKey, VendorData,
};
use users_domain::ports::{EventEncoder, Mutation, WriteError, Written};
use users_domain::rules::Outcome;

use super::aside;
use super::evidence::{KnownRows, Writer};
use super::history::histories_of;
use super::subject::{Decided, Subject};
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

/// What a round begins with.
#[derive(Default)]
pub(super) struct Known {
    pub(super) users: Vec<(User, Vec<Comment>)>,
    pub(super) tags: HashMap<TagName, Tag>,
    /// Read after the users.
    pub(super) rows: KnownRows,
}

/// Everything that a round knows.
pub(super) struct Round<'a> {
    application: ApplicationId,
    encoder: &'a dyn EventEncoder,
    subjects: Vec<Subject>,
    by_name: HashMap<VendorData, usize>,
    by_id: HashMap<UserId, usize>,
    tags: HashMap<TagName, Tag>,
    rows: KnownRows,
    /// How often a decision took a history that nobody had foreseen.
    unforeseen: usize,
    left: Vec<usize>,
}

impl<'a> Round<'a> {
    /// A round on these facts.
    pub(super) fn on(
        application: ApplicationId,
        encoder: &'a dyn EventEncoder,
        known: Known,
    ) -> Self {
        let mut round = Self {
            application,
            encoder,
            subjects: Vec::new(),
            by_name: HashMap::new(),
            by_id: HashMap::new(),
            tags: known.tags,
            rows: known.rows,
            unforeseen: 0,
            left: Vec::new(),
        };
        for (user, comments) in known.users {
            let place = round.subjects.len();
            round.by_name.insert(user.record.vendor_data.clone(), place);
            round.by_id.insert(user.record.id, place);
            round.subjects.push(Subject::of(user, comments));
        }
        round
    }

    /// Decides all, in order. Reads histories: those that are asked for at once, and others where decisions take them.
    pub(super) fn decide(
        &mut self,
        connection: &mut PgConnection,
        mutations: &[Numbered<'_>],
    ) -> Result<(), Failure> {
        let foreseen: Vec<_> = mutations
            .iter()
            .filter(|(_, mutation)| mutation.facts.history)
            .filter_map(|(_, mutation)| self.known_place_of(&mutation.key))
            .collect();
        self.read_histories(connection, foreseen)?;
        for numbered in mutations {
            if !self.decide_one(connection, *numbered)? {
                self.left.push(numbered.0);
            }
        }
        Ok(())
    }

    /// `false` leaves it for another round.
    fn decide_one(
        &mut self,
        connection: &mut PgConnection,
        (number, mutation): Numbered<'_>,
    ) -> Result<bool, Failure> {
        let place = self.place_of(&mutation.key);
        let id = mutation.facts.evidence.as_ref();
        let Some(subject) = self.subjects.get_mut(place) else {
            return Ok(false);
        };
        if id.is_some_and(|id| self.rows.is_torn(id, &mutation.key, subject.before())) {
            // Those that follow it wait with it.
            subject.closed = true;
        }
        if subject.closed {
            return Ok(false);
        }
        let asked = mutation.facts.tags.iter();
        let tags: Vec<Tag> = asked
            .filter_map(|name| self.tags.get(name).cloned())
            .collect();
        let kept = id.and_then(|id| self.rows.find(id)).cloned();
        let mut decision = subject.ask(mutation, tags.clone(), kept.clone());
        if decision.outcome == Outcome::NeedsHistory {
            self.read_unforeseen(connection, place)?;
            let Some(subject) = self.subjects.get_mut(place) else {
                return Ok(false);
            };
            decision = subject.ask(mutation, tags, kept);
        }
        let Some(subject) = self.subjects.get_mut(place) else {
            return Ok(false);
        };
        let taken = subject.take((number, mutation), decision, place, &mut self.rows)?;
        // What it made is there for those that follow.
        let new_tags = subject.new_tags();
        self.tags
            .extend(new_tags.map(|tag| (tag.name.clone(), tag.clone())));
        self.by_id
            .extend(subject.user().map(|user| (user.record.id, place)));
        Ok(taken)
    }

    /// The first history that turns out to be needed is read alone; with the second come those of all who are left, so
    /// that a call of late reports does not send a statement for each.
    fn read_unforeseen(
        &mut self,
        connection: &mut PgConnection,
        place: usize,
    ) -> Result<(), Failure> {
        self.unforeseen += 1;
        let places = if self.unforeseen > 1 {
            (0..self.subjects.len()).collect()
        } else {
            vec![place]
        };
        self.read_histories(connection, places)
    }

    fn read_histories(
        &mut self,
        connection: &mut PgConnection,
        places: Vec<usize>,
    ) -> Result<(), Failure> {
        let places: HashSet<usize> = places.into_iter().collect();
        let asked = |(place, _): &(usize, &mut Subject)| places.contains(place);
        let mut asking: Vec<&mut Subject> = self
            .subjects
            .iter_mut()
            .enumerate()
            .filter(asked)
            .map(|(_, subject)| subject)
            .filter(|subject| !subject.has_history())
            .collect();
        let there: Vec<UserId> = asking
            .iter()
            .filter_map(|subject| Some(subject.before()?.record.id))
            .collect();
        let mut histories = histories_of(connection, self.application, &there)?;
        for subject in &mut asking {
            let id = subject.before().map(|user| user.record.id);
            // Nothing is kept of who is not there.
            let history = id.and_then(|id| histories.remove(&id)).unwrap_or_default();
            subject.remember(history);
        }
        Ok(())
    }

    /// Whether every decision changes something that was not there. Decisions on facts that nobody read are only good
    /// for that: the database then finds out whether it holds.
    pub(super) fn only_creates(&self) -> bool {
        let creates = |subject: &Subject| subject.before().is_none() && subject.is_changed();
        self.left.is_empty() && self.subjects.iter().all(creates)
    }

    /// Writes what was decided. Mutations that rest on something that lost a race are left.
    pub(super) fn write(mut self, connection: &mut PgConnection) -> Result<Finished, Failure> {
        let batch = self.batch();
        let written = if batch.is_empty() {
            HashSet::new()
        } else {
            batch.write(connection, self.application)?
        };
        let set_aside = aside::write(connection, self.application, &self.rows)?;
        let lost: Vec<bool> = self
            .subjects
            .iter()
            .map(|subject| {
                let id = subject.user().map(|user| user.record.id);
                subject.is_changed() && !id.is_some_and(|id| written.contains(&id))
            })
            .collect();
        let has_lost = |place: usize| lost.get(place).copied().unwrap_or_default();
        let row_lost = |id: &EvidenceId| match self.rows.writer_of(id) {
            Some(Writer::Subject(place)) => has_lost(place),
            Some(Writer::Aside) => !set_aside.contains(id),
            None => false,
        };
        let mut finished = Finished::default();
        for (place, subject) in self.subjects.into_iter().enumerate() {
            for decided in subject.decided {
                let Decided {
                    number,
                    answer,
                    evidence,
                    aside,
                } = decided;
                if (has_lost(place) && !aside) || evidence.as_ref().is_some_and(row_lost) {
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
            UserKey::Id(id) => self.by_id.get(id).copied(),
        }
    }

    fn place_of(&mut self, key: &UserKey) -> usize {
        if let Some(place) = self.known_place_of(key) {
            return place;
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
        let mut noted = HashSet::new();
        for subject in &self.subjects {
            subject.add_to(&mut batch, &mut noted, self.encoder);
        }
        for (row, pending) in self.rows.pending() {
            if pending.writer != Writer::Aside {
                batch.evidence.add(row, pending.before.is_none());
            }
        }
        batch
    }
}
