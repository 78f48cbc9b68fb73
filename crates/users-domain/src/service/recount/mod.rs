//! Checks user fields derived from sessions and transactions against a recount, page by page.

use std::sync::Arc;

use thiserror::Error;

use super::Contexts;
use crate::model::{
    Application, ApplicationId, Count, CountMode, Environment, ListUsers, PageSize, PageStart,
    UserField, UserFilter, UserId, UserKey, UserOrder,
};
use crate::ports::{
    Clock, Entropy, FactsSpec, Mutation, StoreError, UserReader, UserStore, WriteError,
};
use crate::rules::{Recount, Rejection, decide_recount};

/// Error of a recount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecountError {
    /// Concurrent changes of a user prevented the commit.
    #[error("a user is being changed by concurrent requests")]
    Contended,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A user whose record differs from its sessions and transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miscount {
    /// The user.
    pub user: UserId,
    /// The fields that differ.
    pub fields: Vec<UserField>,
    /// The repair result.
    pub remedy: Remedy,
}

/// Repair result of a wrong record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// No repair was requested.
    None,
    /// The record was corrected.
    Mended,
    /// Not needed: a concurrent request had corrected the record.
    Overtaken,
    /// Not possible: the user was deleted.
    Deleted,
}

/// Result of one page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecountPage {
    /// Number of users on the page.
    pub users: u64,
    /// Number of their sessions.
    pub sessions: u64,
    /// Users with wrong records.
    pub wrong: Vec<Miscount>,
    /// Start of the next page (exclusive); `None` if all users were checked.
    pub next: Option<UserId>,
}

/// Recount use cases.
pub struct RecountService {
    store: Arc<dyn UserStore>,
    reader: Arc<dyn UserReader>,
    contexts: Contexts,
}

impl RecountService {
    /// Maximum number of users per page. The store returns fewer if they have many sessions.
    pub const PAGE_USERS: usize = 200;

    /// Creates the service with its ports.
    pub fn new(
        store: Arc<dyn UserStore>,
        reader: Arc<dyn UserReader>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, reader, contexts: Contexts { clock, entropy } }
    }

    /// Returns the number of users of an application.
    ///
    /// # Errors
    /// [`RecountError::Store`].
    pub async fn users(&self, application: ApplicationId) -> Result<u64, RecountError> {
        let query = ListUsers {
            filter: UserFilter::default(),
            order: UserOrder::DEFAULT,
            start: PageStart::First,
            size: PageSize::DEFAULT,
            count: CountMode::Exact,
        };
        Ok(match self.reader.list(application, &query).await?.count {
            Count::Exactly(users) | Count::AtLeast(users) | Count::About(users) => users,
            Count::NotCounted => 0,
        })
    }

    /// Checks the users after `after`. With `repair`, corrects wrong records.
    ///
    /// # Errors
    /// [`RecountError`]. Records corrected before an error stay corrected.
    pub async fn check_page(
        &self,
        application: &Application,
        after: Option<UserId>,
        repair: bool,
    ) -> Result<RecountPage, RecountError> {
        let rows = self.reader.histories(application.id, after, Self::PAGE_USERS).await?;
        let mut page = RecountPage {
            users: rows.len() as u64,
            next: rows.last().map(|(record, _)| record.id),
            ..RecountPage::default()
        };
        for (record, history) in &rows {
            page.sessions += history.sessions.len() as u64;
            let fields = Recount::of(history).differences(record);
            if !fields.is_empty() {
                page.wrong.push(Miscount { user: record.id, fields, remedy: Remedy::None });
            }
        }
        if repair {
            self.repair_records(application, &mut page.wrong).await?;
        }
        Ok(page)
    }

    async fn repair_records(
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
        let context = self.contexts.of_system(environment);
        let facts = FactsSpec { history: true, ..FactsSpec::without_comments() };
        Mutation::of_existing(UserKey::Id(user), facts, move |facts| {
            decide_recount(facts, &context)
        })
    }
}

#[cfg(test)]
mod tests;
