//! Measures rate and cost of delivery of many pending events.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::{Stage, Statements};
use crate::Error;
use crate::ledger::{Cost, Ledger};

const BATCH: usize = 100;
const EVENTS_PER_USER: usize = 5;
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Sessions of PostgreSQL report their statistics once per second.
const STATISTICS_SETTLE: Duration = Duration::from_millis(1_500);
/// Time without arrivals after which the measurement fails.
const STUCK_AFTER: Duration = Duration::from_mins(1);

/// Results of the measurement.
#[derive(Debug, Clone, Copy)]
pub struct Sustained {
    /// Deliveries that arrived.
    pub deliveries: usize,
    /// Time from the first to the last arrival.
    pub duration: Duration,
    /// Time from the start of the process to the first arrival.
    pub until_first: Duration,
    /// Write-ahead log of sequencing and delivery, in bytes.
    pub wal_bytes: u64,
    /// Transactions of PostgreSQL during the measurement.
    pub transactions: u64,
    /// Statements of the service; `None` if PostgreSQL cannot count them.
    pub statements: Option<Statements>,
    /// Invalid signatures.
    pub invalid: usize,
    /// Checked signatures.
    pub checked: usize,
}

impl Sustained {
    /// Writes the events while no process delivers, then starts a process and waits until all have arrived.
    ///
    /// # Errors
    /// If they do not arrive in time.
    pub async fn measure(stage: &Stage, events: usize) -> Result<Self, Error> {
        let users = events.div_ceil(EVENTS_PER_USER * stage.loads.len());
        let expected = users * EVENTS_PER_USER * stage.loads.len();
        write(stage, users).await?;
        sleep(STATISTICS_SETTLE).await;
        let before = stage.query(Ledger::cost).await?;
        let statements_before = stage.statements().await?;
        let (checked_before, invalid_before) = stage.receiver.signatures();
        drop(stage.receiver.take_seen());
        let started_at = crate::clock::unix_micros();
        let worker = stage.worker().await?;
        wait_for(stage, expected).await?;
        wait_until_settled(stage).await?;
        tokio::time::sleep(STATISTICS_SETTLE).await;
        let after = stage.query(Ledger::cost).await?;
        let statements = stage.statements().await?;
        worker.stop().await?;

        let seen = stage.receiver.take_seen();
        let times = || seen.iter().map(|seen| seen.at_unix_micros);
        let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        let (checked, invalid) = stage.receiver.signatures();
        Ok(Self {
            deliveries: seen.len(),
            duration: micros(last - first),
            until_first: micros(first - started_at),
            checked: checked - checked_before,
            invalid: invalid - invalid_before,
            statements: statements
                .zip(statements_before)
                .map(|(after, before)| after.since(before)),
            ..Self::of_cost(before, after)
        })
    }

    fn of_cost(before: Cost, after: Cost) -> Self {
        Self {
            deliveries: 0,
            duration: Duration::ZERO,
            until_first: Duration::ZERO,
            wal_bytes: after.wal_bytes.saturating_sub(before.wal_bytes),
            transactions: after.transactions.saturating_sub(before.transactions),
            statements: None,
            invalid: 0,
            checked: 0,
        }
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Writes the events of all applications concurrently.
async fn write(stage: &Stage, users: usize) -> Result<(), Error> {
    let mut writing = JoinSet::new();
    for load in &stage.loads {
        let load = load.clone();
        writing.spawn(async move {
            for version in 0..EVENTS_PER_USER {
                for first in (0..users).step_by(BATCH) {
                    let chosen = first..users.min(first + BATCH);
                    if version == 0 {
                        load.create(chosen).await?;
                    } else {
                        load.edit(chosen, version).await?;
                    }
                }
            }
            Ok::<_, Error>(())
        });
        // The store has few sessions, and the wait for a session is limited.
        if writing.len() >= super::load::SESSIONS as usize {
            writing.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(())
}

/// Waits until the expected number of requests has arrived.
async fn wait_for(stage: &Stage, expected: usize) -> Result<(), Error> {
    let (mut last, mut moved_at) = (0, Instant::now());
    loop {
        let count = stage.receiver.count();
        if count >= expected {
            return Ok(());
        }
        if count > last {
            (last, moved_at) = (count, Instant::now());
        }
        if moved_at.elapsed() > STUCK_AFTER {
            return Err(format!("stuck after {count} of {expected} deliveries").into());
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Waits until the last acknowledgements are written.
pub(super) async fn wait_until_settled(stage: &Stage) -> Result<(), Error> {
    let deadline = Instant::now() + STUCK_AFTER;
    loop {
        let waiting = stage.query(Ledger::waiting).await?;
        if waiting.outbox + waiting.deliveries == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("not settled: {waiting:?}").into());
        }
        sleep(POLL_INTERVAL).await;
    }
}
