//! [`UserStore`] on PostgreSQL: the only place that writes users.
//!
//! A single mutation reads, decides, and writes with one statement that checks the version; the creation of a new user
//! does not even read first. A mutation that lost a race, and every call with several mutations, takes locks first.
//!
//! Evidence rows are read after their users and written with them, so that the version of the user protects both. Only
//! rows of deleted users are written separately.

mod evidence;
mod evidence_only;
mod facts;
mod history;
mod once;
mod round;
mod stored;
mod stored_evidence;
mod subject;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use diesel::{Connection as _, PgConnection};
use users_domain::model::ApplicationId;
use users_domain::ports::{
    Answered, EventEncoder, IdempotencyError, Idempotent, Mutation, Presence, StoreError,
    UserStore, WriteError, Written,
};

use crate::claims::{IdempotencyQuota, Taken, look_up};
use crate::failure::{Failure, Kind};
use crate::pool::{Pool, Work};
use evidence::KnownRows;
use facts::{Keys, read_blocks_left, read_of, read_tags, read_taken};
use once::Ending;
use round::{Answer, Finished, Known, Numbered, Round};

pub(crate) use facts::read_one;
pub(crate) use history::LAST_TRANSACTION;
#[cfg(test)]
pub(crate) use history::histories_of;

/// The maximum number of mutations in one transaction: limits its memory, duration and locks.
const CHUNK: usize = 100;

/// The maximum number of consecutive rounds without progress, and of retries of one transaction.
const MOST_TRIES: u32 = 5;

/// Writes users.
#[derive(Clone)]
pub struct PgUserStore {
    pool: Pool,
    encoder: Arc<dyn EventEncoder>,
    quota: IdempotencyQuota,
}

impl PgUserStore {
    /// Creates the store on this pool; `encoder` creates the stored form of events.
    pub fn new(pool: Pool, encoder: Arc<dyn EventEncoder>) -> Self {
        Self { pool, encoder, quota: IdempotencyQuota::default() }
    }

    /// Refuses new keyed calls of applications that exceed this quota.
    #[must_use]
    pub fn limited_by(self, quota: IdempotencyQuota) -> Self {
        Self { quota, ..self }
    }
}

#[async_trait]
impl UserStore for PgUserStore {
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        if mutations.is_empty() {
            return Ok(Vec::new());
        }
        let (encoder, work) = (Arc::clone(&self.encoder), kind_of(&mutations));
        let commit = move |connection: &mut PgConnection| {
            commit_on(connection, application, encoder.as_ref(), &mutations)
        };
        self.pool.run_for(application, work, commit).await
    }

    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        let encoder = Arc::clone(&self.encoder);
        // Calls that already hold a claim were accepted before.
        let is_refused = once.holder.is_none() && self.quota.is_exceeded(application);
        let (written, taken) = self
            .pool
            .run_for(application, kind_of(&mutations), move |connection| {
                if is_refused {
                    let known = look_up(connection, application, &once.claim, None)?;
                    return Ok((Vec::new(), known.or(Some(Taken::OverQuota))));
                }
                let encoder = encoder.as_ref();
                let done = commit_once_on(connection, application, encoder, &mutations, &once)?;
                Ok(done.map_or_else(|taken| (Vec::new(), Some(taken)), |answers| (answers, None)))
            })
            .await?;
        taken.map_or(Ok(Answered::Fresh(written)), Taken::into_answered)
    }
}

fn kind_of(mutations: &[Mutation]) -> Work {
    if mutations.len() > 1 { Work::Batch } else { Work::Write }
}

/// A whole commit on one connection.
pub(crate) fn commit_on(
    connection: &mut PgConnection,
    application: ApplicationId,
    encoder: &dyn EventEncoder,
    mutations: &[Mutation],
) -> Result<Vec<Answer>, Failure> {
    let mut call = Call { connection, application, encoder };
    call.commit_chunks(mutations)
}

/// A whole commit with the response of an idempotent call, on one connection.
pub(crate) fn commit_once_on(
    connection: &mut PgConnection,
    application: ApplicationId,
    encoder: &dyn EventEncoder,
    mutations: &[Mutation],
    once: &Idempotent,
) -> Result<Result<Vec<Answer>, Taken>, Failure> {
    let mut call = Call { connection, application, encoder };
    call.commit_idempotent(mutations, once)
}

struct Call<'a> {
    connection: &'a mut PgConnection,
    application: ApplicationId,
    encoder: &'a dyn EventEncoder,
}

impl<'a> Call<'a> {
    fn commit_chunks(&mut self, mutations: &[Mutation]) -> Result<Vec<Answer>, Failure> {
        let mut answers = Vec::with_capacity(mutations.len());
        let mut failed = None;
        for chunk in mutations.chunks(CHUNK) {
            match self.commit(chunk) {
                Ok(more) => answers.extend(more),
                // The chunks after a rejected row are written, like the other rows of its chunk.
                Err(failure) if failure.concerns_rows() => {
                    failed.get_or_insert(failure);
                }
                Err(failure) => return Err(failed.unwrap_or(failure)),
            }
        }
        failed.map_or(Ok(answers), Err)
    }

    fn commit(&mut self, mutations: &[Mutation]) -> Result<Vec<Answer>, Failure> {
        if let [mutation] = mutations {
            return self.commit_one(mutation).map(|answer| vec![answer]);
        }
        match self.commit_locked(mutations, None) {
            // A rejected row must not prevent writing the others. The call still fails with the first failure; a repeat
            // finds the written rows.
            Err(failure) if failure.concerns_rows() => {
                let each: Vec<_> =
                    mutations.iter().map(|mutation| self.commit_one(mutation)).collect();
                each.into_iter().collect()
            }
            answers => answers,
        }
    }

    fn commit_one(&mut self, mutation: &Mutation) -> Result<Answer, Failure> {
        if is_decided_blindly(mutation)
            && let Some(answer) = retried(|| self.create_blindly(mutation))?
        {
            return Ok(answer);
        }
        // A late report about a deleted user does not change the version, so only the lock protects against it.
        let unlocked = !mutation.key.finds_deleted();
        if unlocked && let Some(answer) = retried(|| self.try_unlocked(mutation))? {
            return Ok(answer);
        }
        let answers = self.commit_locked(std::slice::from_ref(mutation), None)?;
        answers.into_iter().next().ok_or_else(|| Failure::defect("a mutation has no answer"))
    }

    /// Decides as if the user did not exist; the insert checks it.
    fn create_blindly(&mut self, mutation: &Mutation) -> Result<Option<Answer>, Failure> {
        let Some(round) = self.decided_blindly(mutation)? else {
            return Ok(None);
        };
        Ok(only_answer(round.write(self.connection)?))
    }

    fn decided_blindly(&mut self, mutation: &Mutation) -> Result<Option<Round<'a>>, Failure> {
        let mut round = Round::on(self.application, self.encoder, Known::default());
        round.decide(self.connection, &[(0, mutation)])?;
        Ok(Some(round).filter(Round::only_creates))
    }

    /// Decides on the current rows, and writes if they are unchanged.
    fn try_unlocked(&mut self, mutation: &Mutation) -> Result<Option<Answer>, Failure> {
        let round = self.decided_unlocked(mutation)?;
        Ok(only_answer(round.write(self.connection)?))
    }

    fn decided_unlocked(&mut self, mutation: &Mutation) -> Result<Round<'a>, Failure> {
        let (application, only) = (self.application, std::iter::once(mutation));
        let user = read_of(self.connection, application, mutation)?;
        let known = Known {
            users: user.into_iter().collect(),
            tags: read_tags(self.connection, application, only.clone())?,
            rows: KnownRows::read(self.connection, application, only)?,
            ..Known::default()
        };
        let mut round = Round::on(application, self.encoder, known);
        round.decide(self.connection, &[(0, mutation)])?;
        Ok(round)
    }

    /// Repeats rounds of lock, read, decide and write until every mutation has an answer. The last round writes the
    /// ending.
    fn commit_locked(
        &mut self,
        mutations: &[Mutation],
        ending: Option<&Ending<'_>>,
    ) -> Result<Vec<Answer>, Failure> {
        let mut answers: Vec<Option<Answer>> = vec![None; mutations.len()];
        let mut left: Vec<usize> = (0..mutations.len()).collect();
        let mut rounds_in_vain = 0;
        while !left.is_empty() && rounds_in_vain < MOST_TRIES {
            let numbered: Vec<Numbered<'_>> =
                left.iter().filter_map(|number| Some((*number, mutations.get(*number)?))).collect();
            let finished = retried(|| {
                let ending = ending.map(|ending| (ending, answers.as_slice()));
                self.locked_round(&numbered, ending)
            })?;
            rounds_in_vain = if finished.answers.is_empty() { rounds_in_vain + 1 } else { 0 };
            for (number, answer) in finished.answers {
                if let Some(place) = answers.get_mut(number) {
                    *place = Some(answer);
                }
            }
            left = finished.left;
        }
        Ok(answers.into_iter().map(|answer| answer.unwrap_or(Err(WriteError::Contended))).collect())
    }

    /// A transaction that locks all its users in order before any insert, so that two transactions cannot deadlock.
    fn locked_round(
        &mut self,
        mutations: &[Numbered<'_>],
        ending: Option<(&Ending<'_>, &[Option<Answer>])>,
    ) -> Result<Finished, Failure> {
        let (application, encoder) = (self.application, self.encoder);
        self.connection.transaction(|connection| {
            let keys: Keys = mutations.iter().map(|(_, mutation)| &mutation.key).collect();
            let locked = keys.lock(connection, application)?;
            let comments = mutations.iter().any(|(_, mutation)| mutation.facts.comments);
            let all = mutations.iter().map(|(_, mutation)| *mutation);
            let users = locked.read(connection, application, comments)?;
            let known = Known {
                blocks_left: read_blocks_left(connection, application, all.clone(), &users)?,
                users,
                tags: read_tags(connection, application, all.clone())?,
                taken: read_taken(connection, application, all.clone())?,
                rows: KnownRows::read(connection, application, all)?,
            };
            if let Some((ending, _)) = ending {
                ending.enter(connection, application)?;
            }
            let mut round = Round::on(application, encoder, known);
            round.decide(connection, mutations)?;
            let finished = round.write(connection)?;
            if let Some((ending, answers)) = ending
                && finished.left.is_empty()
            {
                ending.keep(connection, application, answers, &finished.answers)?;
            }
            Ok(finished)
        })
    }
}

/// Whether the mutation can be tried without reading any facts.
fn is_decided_blindly(mutation: &Mutation) -> bool {
    let facts = &mutation.facts;
    let needs_none = facts.tags.is_empty() && facts.evidence.is_none();
    mutation.expected == Presence::Absent && needs_none
}

fn only_answer(finished: Finished) -> Option<Answer> {
    finished.answers.into_iter().next().map(|(_, answer)| answer)
}

/// Retries after conflicts with other transactions.
fn retried<T>(mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut tries = 1;
    loop {
        match attempt() {
            Err(failure) if failure.kind == Kind::Rerun && tries < MOST_TRIES => tries += 1,
            result => return result,
        }
    }
}
