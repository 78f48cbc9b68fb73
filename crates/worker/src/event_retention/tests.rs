use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::sleep;

use super::*;

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
        Err(StoreError::Unavailable { reason: "simulated by the test".to_owned() })
    }

    async fn sweep(&self, keep_days: u32) -> Result<Swept, StoreError> {
        let mut calls = self.0.lock().unwrap();
        let postponed = !calls.contains(&("sweep", keep_days));
        calls.push(("sweep", keep_days));
        Ok(Swept { postponed, ..Swept::default() })
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
    let running = tokio::spawn(run(Arc::new(Endless), 30, Stop::new(stop.subscribe())));
    sleep(SOON).await;
    stop.send_replace(true);
    tokio::time::timeout(SOON, running).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn rounds_run_hourly_and_soon_after_a_failure_or_postponement() {
    let (recording, stop) = (Arc::new(Recording::default()), watch::Sender::new(false));
    let running = tokio::spawn(run(Arc::clone(&recording) as _, 30, Stop::new(stop.subscribe())));
    sleep(SOON + SOON + EVERY + SOON).await;
    stop.send_replace(true);
    running.await.unwrap();
    let (create, sweep) = (("create", DAYS_AHEAD), ("sweep", 30));
    let (soon, hourly) = ([create, sweep, create, sweep], [create, sweep]);
    let expected = [&[create], soon.as_slice(), hourly.as_slice()].concat();
    assert_eq!(*recording.0.lock().unwrap(), expected);
}
