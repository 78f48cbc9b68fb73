//! Many deliveries wait for a destination that is dead: how much memory does the process need that delivers?

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Stage;
use super::process::resident;
use crate::Error;
use crate::ledger::Ledger;

const BATCH: usize = 100;
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(250);
const SEQUENCED_WITHIN: Duration = Duration::from_mins(3);
/// Long enough for several attempts, the breaker and its first probes.
const WATCHED_FOR: Duration = Duration::from_secs(20);

/// What was measured, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Deliveries that waited.
    pub waiting: u64,
    /// Of the process before there was anything to deliver.
    pub idle: u64,
    /// Of the process while they waited.
    pub now: u64,
    /// The most of it so far.
    pub most: u64,
}

impl Memory {
    /// Writes so many events for application 0, whose destination is to be dead by now, and starts a process on them.
    ///
    /// # Errors
    /// When they are not written or not sequenced in time.
    pub async fn measure(stage: &Stage, events: usize, first_user: usize) -> Result<Self, Error> {
        let worker = stage.worker().await?;
        sleep(Duration::from_secs(2)).await;
        let idle = resident(worker.pid())?.now;
        worker.stop().await?;
        let load = stage.loads.first().ok_or("no application")?;
        for first in (0..events).step_by(BATCH) {
            let first_user = first_user + first;
            load.create(first_user..first_user + BATCH.min(events - first))
                .await?;
        }
        let worker = stage.worker().await?;
        let deadline = Instant::now() + SEQUENCED_WITHIN;
        while stage.ask(Ledger::waiting).await?.outbox > 0 {
            if Instant::now() > deadline {
                return Err("the events are not sequenced".into());
            }
            sleep(LOOK_AGAIN_AFTER).await;
        }
        sleep(WATCHED_FOR).await;
        let found = resident(worker.pid())?;
        let waiting = stage.ask(Ledger::waiting).await?.deliveries;
        worker.stop().await?;
        Ok(Self {
            waiting,
            idle,
            now: found.now,
            most: found.most,
        })
    }
}
