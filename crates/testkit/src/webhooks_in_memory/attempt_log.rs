//! The log of delivery attempts.

use async_trait::async_trait;
use users_domain::model::webhooks::{
    Attempt, AttemptFilter, AttemptOutcome, AttemptPage, AttemptQuery, AttemptStart,
    AttemptTrigger, StoredMessage,
};
use users_domain::model::{ApplicationId, AttemptId, DestinationId, EventId, Timestamp};
use users_domain::ports::{AttemptLog, StoreError};

use super::{File, MemoryWebhooks};

#[async_trait]
impl AttemptLog for MemoryWebhooks {
    async fn list(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        query: &AttemptQuery,
    ) -> Result<AttemptPage, StoreError> {
        let state = self.lock();
        let file = state.files.get(&(application, destination));
        let logged = file.map(|file| file.attempts.as_slice());
        let mut attempts: Vec<_> = logged
            .into_iter()
            .flatten()
            .filter(|attempt| matches(&query.filter, attempt))
            .collect();
        attempts.sort_by_key(|attempt| std::cmp::Reverse((attempt.created_at, attempt.id)));
        let skipped = match query.start {
            AttemptStart::Offset(rows) => usize::try_from(rows).unwrap_or(usize::MAX),
            AttemptStart::After { created_at, id } => attempts
                .partition_point(|attempt| (attempt.created_at, attempt.id) >= (created_at, id)),
        };
        let limit = query.limit.rows();
        let rest = attempts.into_iter().skip(skipped);
        let mut page: Vec<_> = rest.take(limit + 1).cloned().collect();
        let more = page.len() > limit;
        page.truncate(limit);
        Ok(AttemptPage { attempts: page, more })
    }

    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: AttemptId,
    ) -> Result<Option<Attempt>, StoreError> {
        let state = self.lock();
        let file = state.files.get(&(application, destination));
        let attempt = file.and_then(|file| file.attempts.iter().find(|attempt| attempt.id == id));
        Ok(attempt.cloned())
    }

    async fn add(&self, attempt: Attempt) -> Result<Attempt, StoreError> {
        let attempt = Attempt { created_at: self.time(), ..attempt };
        let mut state = self.lock();
        let owner = (attempt.application, attempt.destination);
        if let Some(file) = state.files.get_mut(&owner) {
            if attempt.trigger == AttemptTrigger::Resend
                && attempt.outcome == AttemptOutcome::Delivered
            {
                let letters = &mut file.dead_letters;
                letters.retain(|_, (delivery, _)| delivery.event != attempt.event);
            }
            file.log(attempt.clone());
        }
        Ok(attempt)
    }

    async fn message(
        &self,
        application: ApplicationId,
        event: EventId,
        recorded_at: Timestamp,
    ) -> Result<Option<StoredMessage>, StoreError> {
        let state = self.lock();
        let stored = state.events.get(&(application, event));
        let stored = stored.filter(|stored| stored.recorded_at == recorded_at);
        Ok(stored.map(|stored| StoredMessage {
            event,
            webhook_type: stored.webhook_type.to_owned(),
            body: Some(stored.encoded.body.clone()),
            timestamp_offset: stored.encoded.timestamp_offset,
        }))
    }
}

fn matches(filter: &AttemptFilter, attempt: &Attempt) -> bool {
    let outcomes = filter.outcomes.as_ref();
    filter.created_at.contains(attempt.created_at)
        && outcomes.is_none_or(|outcomes| outcomes.contains(&attempt.outcome))
}

impl File {
    /// Adds an attempt to the log and to the statistics.
    pub(super) fn log(&mut self, attempt: Attempt) {
        let stats = &mut self.stats;
        stats.attempts += 1;
        stats.failures += u64::from(attempt.outcome != AttemptOutcome::Delivered);
        let duration = u64::from(attempt.duration_ms);
        stats.total_duration_ms += duration;
        stats.min_duration_ms =
            Some(stats.min_duration_ms.map_or(duration, |min| min.min(duration)));
        stats.max_duration_ms = stats.max_duration_ms.max(Some(duration));
        stats.last_attempt_at = stats.last_attempt_at.max(Some(attempt.created_at));
        self.attempts.push(attempt);
    }
}
