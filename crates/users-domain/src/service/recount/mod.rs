//! Checking what users have from their sessions and transactions against a recount, a page at a time.

use std::sync::Arc;

use thiserror::Error;

use crate::model::{
    Actor, Application, ApplicationId, CommandContext, Count, CountMode, Environment, ListUsers,
    PageSize, PageStart, RequestId, UserField, UserFilter, UserId, UserKey, UserOrder,
};
use crate::ports::{
    Clock, Entropy, FactsSpec, Mutation, Presence, StoreError, UserReader, UserStore, WriteError,
};
use crate::rules::{Recount, Rejection, decide_recount};

/// Why a page could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecountError {
    /// Others changed a user again and again meanwhile.
    #[error("a user is being changed by others")]
    Contended,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A user whose record does not say what its sessions and transactions do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miscount {
    /// Whose.
    pub user: UserId,
    /// Where.
    pub fields: Vec<UserField>,
    /// What was done about it.
    pub remedy: Remedy,
}

/// What was done about a record that was found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: nobody asked for it.
    None,
    /// It was put right.
    Mended,
    /// Nothing: somebody else had put it right.
    Overtaken,
    /// Nothing: the user was deleted.
    Deleted,
}

/// What one page told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecountPage {
    /// How many users it held.
    pub users: u64,
    /// How many sessions they have.
    pub sessions: u64,
    /// Those that are wrong.
    pub wrong: Vec<Miscount>,
    /// The user to go on from; none when all were checked.
    pub next: Option<UserId>,
}

/// Recounts.
pub struct RecountService {
    store: Arc<dyn UserStore>,
    reader: Arc<dyn UserReader>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl RecountService {
    /// How many users are read at once, unless they have so many sessions that the store answers fewer.
    pub const PAGE_USERS: usize = 200;

    /// Over these ports.
    pub fn new(
        store: Arc<dyn UserStore>,
        reader: Arc<dyn UserReader>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            store,
            reader,
            clock,
            entropy,
        }
    }

    /// How many users an application has.
    ///
    /// # Errors
    /// [`RecountError::Store`].
    pub async fn users(&self, application: ApplicationId) -> Result<u64, RecountError> {
        let question = ListUsers {
            filter: UserFilter::default(),
            order: UserOrder::DEFAULT,
            start: PageStart::First,
            size: PageSize::DEFAULT,
            count: CountMode::Exact,
        };
        Ok(
            match self.reader.list(application, &question).await?.count {
                Count::Exactly(users) | Count::AtLeast(users) | Count::About(users) => users,
                Count::NotCounted => 0,
            },
        )
    }

    /// Checks the users behind `after`, and with `repair` puts right what is wrong.
    ///
    /// # Errors
    /// [`RecountError`]. What was put right before an error stays.
    pub async fn check_page(
        &self,
        application: &Application,
        after: Option<UserId>,
        repair: bool,
    ) -> Result<RecountPage, RecountError> {
        let rows = self
            .reader
            .histories(application.id, after, Self::PAGE_USERS)
            .await?;
        let mut page = RecountPage {
            users: rows.len() as u64,
            next: rows.last().map(|(record, _)| record.id),
            ..RecountPage::default()
        };
        for (record, history) in &rows {
            page.sessions += history.sessions.len() as u64;
            let fields = Recount::of(history).differences(record);
            if !fields.is_empty() {
                page.wrong.push(Miscount {
                    user: record.id,
                    fields,
                    remedy: Remedy::None,
                });
            }
        }
        if repair {
            self.mend(application, &mut page.wrong).await?;
        }
        Ok(page)
    }

    async fn mend(
        &self,
        application: &Application,
        wrong: &mut [Miscount],
    ) -> Result<(), RecountError> {
        let mutations = wrong
            .iter()
            .map(|miscount| self.mutation(miscount.user, application.environment))
            .collect();
        let answers = self.store.commit(application.id, mutations).await?;
        for (miscount, answer) in wrong.iter_mut().zip(answers) {
            miscount.remedy = match answer {
                Ok(written) if written.changed => Remedy::Mended,
                Ok(_) => Remedy::Overtaken,
                Err(WriteError::Refused(Rejection::UserNotFound)) => Remedy::Deleted,
                Err(WriteError::Contended) => return Err(RecountError::Contended),
                Err(WriteError::Refused(_) | WriteError::UserGone(_)) => {
                    let reason = "a recount was refused".to_owned();
                    return Err(StoreError::Defect { reason }.into());
                }
            };
        }
        Ok(())
    }

    fn mutation(&self, user: UserId, environment: Environment) -> Mutation {
        let at = self.clock.now();
        let context = CommandContext {
            at,
            seed: self.entropy.seed(),
            actor: Actor::System,
            request_id: RequestId::from_uuid(crate::model::random_uuid(at, self.entropy.seed())),
            environment,
        };
        Mutation {
            key: UserKey::Id(user),
            expected: Presence::Present,
            facts: FactsSpec {
                comments: false,
                history: true,
                ..FactsSpec::default()
            },
            decide: Arc::new(move |facts| decide_recount(facts, &context)),
        }
    }
}

#[cfg(test)]
mod tests;
