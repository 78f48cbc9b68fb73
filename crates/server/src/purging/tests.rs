use std::sync::Mutex;

use async_trait::async_trait;
use users_domain::model::{
    Application, ApplicationId, ApplicationSettings, AuditEntry, DeletedPosition, PurgeReceipt,
    PurgeRunId, PurgedUsers, Timestamp,
};
use users_domain::ports::{ApplicationStore, PurgeDue, PurgePortion, PurgeStore};
use users_domain::service::PurgePace;

use super::*;
use crate::system::{SystemClock, SystemEntropy};

/// Counts the begun and finished runs. The first begin fails, the second finds that another process is purging.
#[derive(Default)]
struct Counting(Mutex<(u32, u32)>);

fn receipt(id: PurgeRunId) -> PurgeReceipt {
    PurgeReceipt {
        id,
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: None,
        purged: PurgedUsers::default(),
        deleted_between: None,
        ids_sha256: [0; 32],
    }
}

#[async_trait]
impl PurgeStore for Counting {
    async fn begin(&self, id: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError> {
        let mut counts = self.0.lock().unwrap();
        counts.0 += 1;
        match counts.0 {
            1 => Err(StoreError::Unavailable {
                reason: "simulated by the test".to_owned(),
            }),
            2 => Ok(None),
            _ => Ok(Some(receipt(id))),
        }
    }

    async fn purge(
        &self,
        _: PurgeRunId,
        _: ApplicationId,
        _: Timestamp,
        _: Option<DeletedPosition>,
        _: usize,
    ) -> Result<Option<PurgePortion>, StoreError> {
        Ok(None)
    }

    async fn finish(&self, id: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError> {
        self.0.lock().unwrap().1 += 1;
        Ok(Some(receipt(id)))
    }

    async fn due(&self, _: ApplicationId, _: Timestamp) -> Result<PurgeDue, StoreError> {
        Ok(PurgeDue::default())
    }
}

struct NoApplications;

#[async_trait]
impl ApplicationStore for NoApplications {
    async fn add(&self, _: Application) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn list(&self) -> Result<Vec<Application>, StoreError> {
        Ok(Vec::new())
    }

    async fn find(&self, _: ApplicationId) -> Result<Option<Application>, StoreError> {
        Ok(None)
    }

    async fn replace_settings(
        &self,
        _: ApplicationId,
        _: ApplicationSettings,
        _: ApplicationSettings,
        _: AuditEntry,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
}

#[tokio::test(start_paused = true)]
async fn runs_start_once_per_period_and_soon_after_a_failed_run() {
    let counting = Arc::new(Counting::default());
    let pace = PurgePace {
        most_users: 1,
        target_millis: 1,
    };
    let service = PurgeService::new(
        Arc::clone(&counting) as _,
        Arc::new(NoApplications),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        pace,
    );
    let period = Duration::from_hours(1);
    let parts = PurgeParts {
        service: Arc::new(service),
        metrics: PurgeMetrics::default(),
        period,
    };
    let stop = watch::Sender::new(false);
    let running = tokio::spawn(run(parts, stop.subscribe()));
    // Two failed runs, a successful one, and another one a period later.
    sleep(SOON * 2 + period + SOON).await;
    stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(*counting.0.lock().unwrap(), (4, 2));
}
