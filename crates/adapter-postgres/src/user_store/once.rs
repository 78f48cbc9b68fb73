//! The last commit of an idempotent call: stores the response together with the last changes.
//!
//! The claim is read first, and again if a decision is a refusal, which a faster repeat of the call may have caused. A
//! single change is written without locks in one statement with the response. Several changes, and a change that lost a
//! race, write the response in their last transaction.

use diesel::{Connection as _, PgConnection};
use users_domain::model::{ApplicationId, StoredResponse};
use users_domain::ports::{Idempotent, Mutation};

use super::round::{Answer, Round};
use super::{CHUNK, Call, is_decided_blindly, only_answer, retried};
use crate::claims::{self, MOST_TRIES, Taken};
use crate::failure::{Failure, Kind};

/// What the last chunk of a call writes in addition to its changes.
pub(super) struct Ending<'a> {
    once: &'a Idempotent,
    /// The answers of the earlier chunks.
    answers: &'a [Answer],
}

impl Ending<'_> {
    /// Called after all facts are read and before any decision. A call that holds the claim needs no lock.
    pub(super) fn enter(
        &self,
        connection: &mut PgConnection,
        application: ApplicationId,
    ) -> Result<(), Failure> {
        match self.once.holder {
            Some(_) => Ok(()),
            None => claims::enter(connection, application, &self.once.claim),
        }
    }

    /// Called after all changes are written. `earlier` contains the answers of this chunk's earlier rounds by index,
    /// `newest` those of the last round.
    pub(super) fn keep(
        &self,
        connection: &mut PgConnection,
        application: ApplicationId,
        earlier: &[Option<Answer>],
        newest: &[(usize, Answer)],
    ) -> Result<(), Failure> {
        let mut chunk = earlier.to_vec();
        for (place, answer) in newest {
            if let Some(answered) = chunk.get_mut(*place) {
                *answered = Some(answer.clone());
            }
        }
        let all: Vec<Answer> =
            self.answers.iter().cloned().chain(chunk.into_iter().flatten()).collect();
        let Idempotent { claim, holder, answer } = self.once;
        match answer(&all)? {
            Some(kept) => claims::keep(connection, application, claim, *holder, &kept),
            None => Ok(()),
        }
    }
}

impl Call<'_> {
    /// Returns the answers, or the state of a claim that another call has.
    pub(super) fn commit_idempotent(
        &mut self,
        mutations: &[Mutation],
        once: &Idempotent,
    ) -> Result<Result<Vec<Answer>, Taken>, Failure> {
        for _ in 0..MOST_TRIES {
            if let Some(taken) = self.look_up(once)? {
                return Ok(Err(taken));
            }
            match self.try_once(mutations, once) {
                Err(failure) if failure.kind == Kind::Claimed => {}
                answers => return answers.map(Ok),
            }
        }
        Ok(Err(Taken::UnderWay))
    }

    fn look_up(&mut self, once: &Idempotent) -> Result<Option<Taken>, Failure> {
        claims::look_up(self.connection, self.application, &once.claim, once.holder)
    }

    /// Fails with [`Kind::Claimed`] if another call has the claim.
    fn try_once(
        &mut self,
        mutations: &[Mutation],
        once: &Idempotent,
    ) -> Result<Vec<Answer>, Failure> {
        if let ([mutation], None) = (mutations, once.holder)
            && mutation.facts.evidence.is_none()
            && !mutation.key.finds_deleted()
            && let Some(answer) = self.once_unlocked(mutation, once)?
        {
            return Ok(vec![answer]);
        }
        let last = mutations.len().saturating_sub(1) / CHUNK * CHUNK;
        let (earlier, last) = mutations.split_at(last);
        let mut answers = self.commit_chunks(earlier)?;
        let ending = Ending { once, answers: &answers };
        let ended = if last.is_empty() {
            self.end_without_changes(&ending)?;
            Vec::new()
        } else {
            self.commit_locked(last, Some(&ending))?
        };
        answers.extend(ended);
        Ok(answers)
    }

    fn end_without_changes(&mut self, ending: &Ending<'_>) -> Result<(), Failure> {
        let application = self.application;
        self.connection.transaction(|connection| {
            ending.enter(connection, application)?;
            ending.keep(connection, application, &[], &[])
        })
    }

    /// Writes one change in one statement with its response. Returns `None` if it lost a race.
    fn once_unlocked(
        &mut self,
        mutation: &Mutation,
        once: &Idempotent,
    ) -> Result<Option<Answer>, Failure> {
        if is_decided_blindly(mutation) {
            let written = retried(|| match self.decided_blindly(mutation)? {
                Some(round) => self.write_kept(&round, once),
                None => Ok(None),
            })?;
            if written.is_some() {
                return Ok(written);
            }
        }
        retried(|| {
            let round = self.decided_unlocked(mutation)?;
            if kept(&round, once)?.is_some() {
                return self.write_kept(&round, once);
            }
            if self.look_up(once)?.is_some() {
                return Err(Failure::claimed());
            }
            Ok(only_answer(round.write(self.connection)?))
        })
    }

    fn write_kept(
        &mut self,
        round: &Round<'_>,
        once: &Idempotent,
    ) -> Result<Option<Answer>, Failure> {
        let (Some(answer), Some(kept)) = (round.only_answer(), kept(round, once)?) else {
            return Ok(None);
        };
        let written = round.write_once(self.connection, &once.claim, &kept)?;
        Ok(written.then(|| answer.clone()))
    }
}

/// The response for repeats, if the write succeeds.
fn kept(round: &Round<'_>, once: &Idempotent) -> Result<Option<StoredResponse>, Failure> {
    match round.only_answer() {
        Some(answer) => Ok((once.answer)(std::slice::from_ref(answer))?),
        None => Ok(None),
    }
}
