//! Erasure of users whose retention period has ended. Started by the service and by operators, not by the API.

use std::sync::Arc;

use super::Contexts;
use crate::model::{Application, ApplicationId, DeletedPosition, PurgeReceipt, PurgeRunId};
use crate::ports::{
    ApplicationStore, Clock, Entropy, PurgeDue, PurgePortion, PurgeStore, StoreError,
};
use crate::rules::erasure::{erasable_if_deleted_by, next_portion};

/// Transaction size and duration of a purge run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgePace {
    /// Maximum number of users per transaction.
    pub most_users: usize,
    /// Target duration of one transaction.
    pub target_millis: u64,
}

/// Outcome of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurgeOutcome {
    /// All due users were erased, except those with pending deliveries.
    Finished {
        /// Receipt of the users erased in this run, including by other processes; `None` if no user was erased.
        receipt: Option<PurgeReceipt>,
        /// Number of users with pending deliveries.
        waiting: u64,
    },
    /// Another process executes a run.
    Busy,
    /// The caller stopped the run. The next call continues it.
    Stopped,
}

/// Purge use cases.
pub struct PurgeService {
    store: Arc<dyn PurgeStore>,
    applications: Arc<dyn ApplicationStore>,
    contexts: Contexts,
    pace: PurgePace,
}

struct Progress {
    size: usize,
    after: Option<DeletedPosition>,
}

impl PurgeService {
    const FIRST_PORTION: usize = 10;

    /// Creates the service with its ports.
    pub fn new(
        store: Arc<dyn PurgeStore>,
        applications: Arc<dyn ApplicationStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        pace: PurgePace,
    ) -> Self {
        Self { store, applications, contexts: Contexts { clock, entropy }, pace }
    }

    /// Returns the users due for erasure, per application.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due(&self) -> Result<Vec<(ApplicationId, PurgeDue)>, StoreError> {
        let now = self.contexts.now();
        let mut all = Vec::new();
        for Application { id, settings, .. } in self.applications.list().await? {
            let deleted_by = erasable_if_deleted_by(now, settings.retention);
            all.push((id, self.store.due(id, deleted_by).await?));
        }
        Ok(all)
    }

    /// Erases due users in portions until `keep_going`, called after each, returns `false`. Continues a run.
    ///
    /// # Errors
    /// [`StoreError`]. Users erased before an error stay erased; the next call continues the run.
    pub async fn run(
        &self,
        mut keep_going: impl FnMut(&PurgePortion) -> bool + Send,
    ) -> Result<PurgeOutcome, StoreError> {
        let id = PurgeRunId::new(self.contexts.random_uuid());
        let Some(run) = self.store.begin(id).await? else {
            return Ok(PurgeOutcome::Busy);
        };
        let mut applications = self.applications.list().await?;
        applications.sort_by_key(|application| application.id);
        let mut waiting = 0;
        for application in applications {
            let mut progress =
                Progress { size: Self::FIRST_PORTION.min(self.pace.most_users), after: None };
            loop {
                let portion = self.portion(run.id, application.id, &mut progress).await?;
                let Some(portion) = portion else {
                    return Ok(PurgeOutcome::Busy);
                };
                waiting += portion.waiting;
                let is_wanted = keep_going(&portion);
                progress.after = portion.reached;
                match (progress.after, is_wanted) {
                    (_, false) => return Ok(PurgeOutcome::Stopped),
                    (None, true) => break,
                    (Some(_), true) => {}
                }
            }
        }
        let receipt = self.store.finish(run.id).await?;
        Ok(PurgeOutcome::Finished { receipt, waiting })
    }

    /// Executes one transaction; halves the portion and retries if the store is unavailable, as after a time limit.
    async fn portion(
        &self,
        run: PurgeRunId,
        application: ApplicationId,
        progress: &mut Progress,
    ) -> Result<Option<PurgePortion>, StoreError> {
        let Some(Application { settings, .. }) = self.applications.find(application).await? else {
            return Ok(Some(PurgePortion::default()));
        };
        loop {
            let began = self.contexts.now();
            let deleted_by = erasable_if_deleted_by(began, settings.retention);
            let answer =
                self.store.purge(run, application, deleted_by, progress.after, progress.size).await;
            match answer {
                Err(StoreError::Unavailable { .. }) if progress.size > 1 => progress.size /= 2,
                Err(error) => return Err(error),
                Ok(portion) => {
                    let micros = self.contexts.now().unix_micros() - began.unix_micros();
                    let took = u64::try_from(micros / 1_000).unwrap_or(0);
                    let PurgePace { most_users, target_millis } = self.pace;
                    progress.size = next_portion(progress.size, took, target_millis, most_users);
                    return Ok(portion);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
