//! The loop that creates partitions for future days of events and removes expired days.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{EventRetention, StoreError, Swept};

use super::stop_requested;

/// Days for which partitions are created in advance, so that events are still stored if no process runs for this long.
pub const DAYS_AHEAD: u32 = 7;

const EVERY: Duration = Duration::from_hours(1);

/// Wait after a round that failed or postponed days.
const SOON: Duration = Duration::from_mins(1);

/// Runs once an hour in every process; a repeated round has no effect.
pub(super) async fn run(
    retention: Arc<dyn EventRetention>,
    keep_days: u32,
    mut stop: watch::Receiver<bool>,
) {
    let outage = StoreOutage::new("retention");
    loop {
        // A round may take long; the next one continues an interrupted round.
        let done = tokio::select! {
            biased;
            () = stop_requested(&mut stop) => return,
            done = round(retention.as_ref(), keep_days) => done,
        };
        let wait = match done {
            Ok(swept) => {
                outage.answered();
                if swept.postponed { SOON } else { EVERY }
            }
            Err(error) => {
                outage.failed(&error);
                SOON
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = stop_requested(&mut stop) => return,
        }
    }
}

async fn round(retention: &dyn EventRetention, keep_days: u32) -> Result<Swept, StoreError> {
    retention.create_partitions(DAYS_AHEAD).await?;
    let swept = retention.sweep(keep_days).await?;
    if swept.days > 0 || swept.deliveries > 0 {
        tracing::info!(
            days = swept.days,
            deliveries = swept.deliveries,
            "removed expired events and attempts, and the deliveries that waited for them"
        );
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use async_trait::async_trait;

    /// Records its calls; the first call fails, and the first sweep postpones days.
    #[derive(Default)]
    struct Recording(Mutex<Vec<(&'static str, u32)>>);

    #[async_trait]
    impl EventRetention for Recording {
        async fn create_partitions(&self, days_ahead: u32) -> Result<(), StoreError> {
            let mut calls = self.0.lock().unwrap();
            calls.push(("create", days_ahead));
            if calls.len() > 1 {
                return Ok(());
            }
            Err(StoreError::Unavailable {
                reason: "simulated by the test".to_owned(),
            })
        }

        async fn sweep(&self, keep_days: u32) -> Result<Swept, StoreError> {
            let mut calls = self.0.lock().unwrap();
            let postponed = !calls.contains(&("sweep", keep_days));
            calls.push(("sweep", keep_days));
            Ok(Swept {
                postponed,
                ..Swept::default()
            })
        }
    }

    /// A sweep that never ends.
    struct Endless;

    #[async_trait]
    impl EventRetention for Endless {
        async fn create_partitions(&self, _: u32) -> Result<(), StoreError> {
            Ok(())
        }

        async fn sweep(&self, _: u32) -> Result<Swept, StoreError> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_ends_when_the_service_stops() {
        let stop = watch::Sender::new(false);
        let running = tokio::spawn(run(Arc::new(Endless), 30, stop.subscribe()));
        sleep(SOON).await;
        stop.send_replace(true);
        tokio::time::timeout(SOON, running).await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn rounds_run_hourly_and_soon_after_a_failure_or_postponement() {
        let (recording, stop) = (Arc::new(Recording::default()), watch::Sender::new(false));
        let running = tokio::spawn(run(Arc::clone(&recording) as _, 30, stop.subscribe()));
        sleep(SOON + SOON + EVERY + SOON).await;
        stop.send_replace(true);
        running.await.unwrap();
        let (create, sweep) = (("create", DAYS_AHEAD), ("sweep", 30));
        let (soon, hourly) = ([create, sweep, create, sweep], [create, sweep]);
        let expected = [&[create], soon.as_slice(), hourly.as_slice()].concat();
        assert_eq!(*recording.0.lock().unwrap(), expected);
    }
}
