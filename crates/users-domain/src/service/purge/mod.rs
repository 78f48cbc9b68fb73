//! Erasing users whose retention is over, run by run. Asked for by the service itself and by its operators, never over the
//! network.

use std::sync::Arc;

use crate::model::{
    Application, ApplicationId, DeletedPosition, PurgeReceipt, PurgeRunId, random_uuid,
};
use crate::ports::{
    ApplicationStore, Clock, Entropy, PurgeDue, PurgePortion, PurgeStore, StoreError,
};
use crate::rules::erasure::{erasable_if_deleted_by, next_portion};

/// How much is erased at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgePace {
    /// At most so many users in one transaction.
    pub most_users: usize,
    /// About how long one transaction is to take.
    pub target_millis: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurgeOutcome {
    /// Everybody was erased whose time had come, but those who wait for a delivery.
    Finished {
        /// What was erased, by this process or by those that had begun the run; none where nobody was.
        receipt: Option<PurgeReceipt>,
        /// Users that wait for a delivery.
        waiting: u64,
    },
    /// Another process is at it.
    Busy,
    /// The caller wanted no more. Whoever comes next goes on with the run.
    Stopped,
}

/// The use cases around erasing users.
pub struct PurgeService {
    store: Arc<dyn PurgeStore>,
    applications: Arc<dyn ApplicationStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    pace: PurgePace,
}

/// How a run stands within an application.
struct Progress {
    size: usize,
    after: Option<DeletedPosition>,
}

impl PurgeService {
    /// How many users the first transaction takes.
    const FIRST_PORTION: usize = 10;

    /// Over these ports.
    pub fn new(
        store: Arc<dyn PurgeStore>,
        applications: Arc<dyn ApplicationStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        pace: PurgePace,
    ) -> Self {
        Self {
            store,
            applications,
            clock,
            entropy,
            pace,
        }
    }

    /// Who would be erased, application by application.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due(&self) -> Result<Vec<(ApplicationId, PurgeDue)>, StoreError> {
        let now = self.clock.now();
        let mut all = Vec::new();
        for Application { id, settings, .. } in self.applications.list().await? {
            let deleted_by = erasable_if_deleted_by(now, settings.retention);
            all.push((id, self.store.due(id, deleted_by).await?));
        }
        Ok(all)
    }

    /// Erases users of all applications, portion by portion, as long as `go_on` says so: it is told of each portion.
    /// A run that was left unfinished is gone on with.
    ///
    /// # Errors
    /// [`StoreError`]. What was erased before stays so, and the next run goes on.
    pub async fn run(
        &self,
        mut go_on: impl FnMut(&PurgePortion) -> bool + Send,
    ) -> Result<PurgeOutcome, StoreError> {
        let id = PurgeRunId::new(random_uuid(self.clock.now(), self.entropy.seed()));
        let Some(run) = self.store.begin(id).await? else {
            return Ok(PurgeOutcome::Busy);
        };
        let mut applications = self.applications.list().await?;
        applications.sort_by_key(|application| application.id);
        let mut waiting = 0;
        for application in applications {
            let mut progress = Progress {
                size: Self::FIRST_PORTION.min(self.pace.most_users),
                after: None,
            };
            loop {
                let portion = self.portion(run.id, application.id, &mut progress).await?;
                let Some(portion) = portion else {
                    return Ok(PurgeOutcome::Busy);
                };
                waiting += portion.waiting;
                let wanted = go_on(&portion);
                progress.after = portion.reached;
                match (progress.after, wanted) {
                    (_, false) => return Ok(PurgeOutcome::Stopped),
                    (None, true) => break,
                    (Some(_), true) => {}
                }
            }
        }
        let receipt = self.store.finish(run.id).await?;
        Ok(PurgeOutcome::Finished { receipt, waiting })
    }

    /// One transaction, by the retention that the application has now. A portion that is too large for the time limits of
    /// the store is tried again as a smaller one.
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
            let began = self.clock.now();
            let deleted_by = erasable_if_deleted_by(began, settings.retention);
            let answer = self
                .store
                .purge(run, application, deleted_by, progress.after, progress.size)
                .await;
            match answer {
                Err(StoreError::Unavailable { .. }) if progress.size > 1 => progress.size /= 2,
                Err(error) => return Err(error),
                Ok(portion) => {
                    let micros = self.clock.now().unix_micros() - began.unix_micros();
                    let took = u64::try_from(micros / 1_000).unwrap_or(0);
                    let PurgePace {
                        most_users,
                        target_millis,
                    } = self.pace;
                    progress.size = next_portion(progress.size, took, target_millis, most_users);
                    return Ok(portion);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
