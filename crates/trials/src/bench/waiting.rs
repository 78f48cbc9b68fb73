//! Measures the memory of the delivering process while many deliveries wait for a failing destination.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Stage;
use super::process::resident;
use crate::Error;
use crate::ledger::Ledger;

const BATCH: usize = 100;
const POLL_INTERVAL: Duration = Duration::from_millis(250);
const SEQUENCED_WITHIN: Duration = Duration::from_mins(3);
/// Long enough for several attempts and for the first probes of the circuit breaker.
const WATCHED_FOR: Duration = Duration::from_secs(20);

/// Results of the measurement, in bytes unless stated otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Number of waiting deliveries.
    pub waiting: u64,
    /// Memory of the process without deliveries.
    pub idle: u64,
    /// Memory of the process while deliveries wait.
    pub now: u64,
    /// Peak memory of the process.
    pub most: u64,
}

impl Memory {
    /// Writes the events of application 0, whose destination must fail already, and starts a process.
    ///
    /// # Errors
    /// If the events are not written or not sequenced in time.
    pub async fn measure(stage: &Stage, events: usize, first_user: usize) -> Result<Self, Error> {
        let worker = stage.worker().await?;
        sleep(Duration::from_secs(2)).await;
        let idle = resident(worker.pid())?.now;
        worker.stop().await?;
        let load = stage.loads.first().ok_or("no application")?;
        for first in (0..events).step_by(BATCH) {
            let first_user = first_user + first;
            load.create(first_user..first_user + BATCH.min(events - first)).await?;
        }
        let worker = stage.worker().await?;
        let deadline = Instant::now() + SEQUENCED_WITHIN;
        while stage.query(Ledger::waiting).await?.outbox > 0 {
            if Instant::now() > deadline {
                return Err("the events were not sequenced in time".into());
            }
            sleep(POLL_INTERVAL).await;
        }
        sleep(WATCHED_FOR).await;
        let found = resident(worker.pid())?;
        let waiting = stage.query(Ledger::waiting).await?.deliveries;
        worker.stop().await?;
        Ok(Self { waiting, idle, now: found.now, most: found.most })
    }
}
