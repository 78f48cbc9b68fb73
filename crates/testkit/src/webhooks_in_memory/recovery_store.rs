//! Recoveries: putting dead letters back into the queue.

use std::collections::BTreeMap;

use async_trait::async_trait;
use users_domain::model::webhooks::{Recovery, RecoveryState};
use users_domain::model::{ApplicationId, DestinationId, EventId, RecoveryId, Timestamp};
use users_domain::ports::{RecoveryStore, StoreError};

use super::{Delivery, File, MemoryWebhooks, State, StoredEvent};

#[async_trait]
impl RecoveryStore for MemoryWebhooks {
    async fn start(&self, recovery: Recovery) -> Result<Option<Recovery>, StoreError> {
        let recovery = Recovery { created_at: self.time(), ..recovery };
        let mut state = self.lock();
        let owner = (recovery.application, recovery.destination);
        let Some(file) = state.files.get_mut(&owner) else {
            return Ok(None);
        };
        let running = |known: &&mut Recovery| known.state == RecoveryState::Running;
        if let Some(known) = file.recoveries.iter_mut().find(running) {
            known.since = known.since.min(recovery.since);
            return Ok(Some(known.clone()));
        }
        file.recoveries.push(recovery.clone());
        Ok(Some(recovery))
    }

    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: RecoveryId,
    ) -> Result<Option<Recovery>, StoreError> {
        let state = self.lock();
        let file = state.files.get(&(application, destination));
        let found = file.and_then(|file| {
            let mut recoveries = file.recoveries.iter();
            recoveries.find(|recovery| recovery.id == id)
        });
        Ok(found.cloned())
    }

    async fn advance(&self, limit: usize) -> Result<usize, StoreError> {
        let now = self.time();
        let mut state = self.lock();
        let State { files, events, .. } = &mut *state;
        for file in files.values_mut() {
            let taken = file.recover(limit, events, now);
            if taken > 0 {
                return Ok(taken);
            }
        }
        Ok(0)
    }
}

impl File {
    /// Takes dead letters for the first recovery that has any; finishes recoveries that have none.
    fn recover(
        &mut self,
        limit: usize,
        events: &BTreeMap<(ApplicationId, EventId), StoredEvent>,
        now: Timestamp,
    ) -> usize {
        for recovery in &mut self.recoveries {
            if recovery.state == RecoveryState::Finished {
                continue;
            }
            let (since, until) = (recovery.since, recovery.created_at);
            let is_in_range = |dead_at: Timestamp| dead_at >= since && dead_at <= until;
            let taken: Vec<i64> = self
                .dead_letters
                .iter()
                .filter(|(_, (_, dead_at))| is_in_range(*dead_at))
                .map(|(queue_seq, _)| *queue_seq)
                .take(limit)
                .collect();
            for queue_seq in &taken {
                let Some((delivery, _)) = self.dead_letters.remove(queue_seq) else {
                    continue;
                };
                if events.contains_key(&(recovery.application, delivery.event)) {
                    recovery.recovered += 1;
                    let anew = Delivery { attempts_made: 0, postponed: false, ..delivery };
                    self.waiting.insert(*queue_seq, anew);
                }
            }
            if taken.len() < limit {
                recovery.state = RecoveryState::Finished;
                recovery.finished_at = Some(now);
            }
            if !taken.is_empty() {
                return taken.len();
            }
        }
        0
    }
}
