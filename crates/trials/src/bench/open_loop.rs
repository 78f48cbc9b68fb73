//! Measures the time from a change to the first attempt at a fixed event rate, independent of delivery (open loop).

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::{Latency, Stage};
use crate::Error;
use crate::ledger::Ledger;
use crate::receiver::Seen;

/// Events of one transaction.
const BATCH: usize = 10;
const USERS_PER_APPLICATION: usize = 200;
/// Not measured: connections are opened, and concurrency adapts.
const WARM_UP: Duration = Duration::from_secs(3);
const LINGER: Duration = Duration::from_secs(3);

/// Results of the measurement.
#[derive(Debug, Clone, Copy)]
pub struct OpenLoop {
    /// Latency over all healthy destinations.
    pub healthy: Latency,
    /// Events for healthy destinations that had not arrived at the end.
    pub missing: usize,
    /// Events written per second.
    pub rate: f64,
    /// Maximum delay of the writer behind its schedule.
    pub behind: Duration,
}

impl OpenLoop {
    /// Creates the users that are edited later. Their events are delivered like all others.
    ///
    /// # Errors
    /// If they are not created.
    pub async fn prepare(stage: &Stage, first_user: usize) -> Result<(), Error> {
        for load in &stage.loads {
            load.create(first_user..first_user + USERS_PER_APPLICATION).await?;
        }
        Ok(())
    }

    /// Writes `rate` events per second in batches of 10, alternating between applications, and measures their arrival
    /// at destinations that are not in `unhealthy`. `first_user` is that of [`OpenLoop::prepare`].
    ///
    /// # Errors
    /// If events cannot be written.
    pub async fn measure(
        stage: &Stage,
        first_user: usize,
        rate: usize,
        duration: Duration,
        unhealthy: &[usize],
    ) -> Result<Self, Error> {
        drop(stage.receiver.take_seen());
        let began = crate::clock::unix_micros();
        let started = Instant::now();
        let (written, behind) = write(stage, first_user, rate, duration).await?;
        let seconds = started.elapsed().as_secs_f64();
        sleep(LINGER).await;
        let seen = stage.receiver.take_seen();
        let recorded = stage.query(Ledger::recorded_at_by_application).await?;
        let counted_from = began + i64::try_from(WARM_UP.as_micros())?;
        let counted_to = began + i64::try_from(duration.as_micros())?;
        let healthy_applications: Vec<_> = stage
            .loads
            .iter()
            .enumerate()
            .filter(|(number, _)| !unhealthy.contains(number))
            .map(|(_, load)| load.application_id())
            .collect();
        let first = first_arrivals(&seen);
        let mut latencies = Vec::new();
        let mut missing = 0;
        for (application, event, at) in recorded {
            if at < counted_from || at >= counted_to || !healthy_applications.contains(&application)
            {
                continue;
            }
            match first.get(&event) {
                Some(arrived) => latencies.push(arrived - at),
                None => missing += 1,
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate for display")]
        let rate = written as f64 / seconds;
        Ok(Self { healthy: Latency::of(latencies), missing, rate, behind })
    }
}

fn first_arrivals(seen: &[Seen]) -> HashMap<[u8; 16], i64> {
    let mut first: HashMap<[u8; 16], i64> = HashMap::with_capacity(seen.len());
    for seen in seen {
        let at = first.entry(seen.event).or_insert(seen.at_unix_micros);
        *at = seen.at_unix_micros.min(*at);
    }
    first
}

/// Writes one batch per tick. Late ticks are caught up, so the average rate holds.
async fn write(
    stage: &Stage,
    first_user: usize,
    rate: usize,
    duration: Duration,
) -> Result<(usize, Duration), Error> {
    let per_second = u32::try_from((rate / BATCH).max(1))?;
    let period = Duration::from_secs(1) / per_second;
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut writing, mut written, mut behind) = (JoinSet::new(), 0, Duration::ZERO);
    let end = Instant::now() + duration;
    for batch in 0_usize.. {
        let due = ticks.tick().await;
        if due >= end {
            break;
        }
        behind = behind.max(due.elapsed());
        let Some(load) = stage.loads.get(batch % stage.loads.len()).cloned() else {
            break;
        };
        let turn = batch / stage.loads.len();
        let first = first_user + turn * BATCH % USERS_PER_APPLICATION;
        writing.spawn(async move { load.edit(first..first + BATCH, turn).await });
        written += BATCH;
        // Bounded: a slow database results in a delay behind the schedule.
        while writing.len() >= super::load::SESSIONS as usize * 4 {
            writing.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(done) = writing.join_next().await {
        done??;
    }
    Ok((written, behind))
}
