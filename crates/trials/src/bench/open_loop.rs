//! Events come at a fixed rate, whatever delivery does: how long from the change to the first attempt?

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
/// Of the beginning nothing is counted: connections are made, and concurrency finds its level.
const WARM_UP: Duration = Duration::from_secs(3);
const LINGER: Duration = Duration::from_secs(3);

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub struct OpenLoop {
    /// Over all destinations that are healthy.
    pub healthy: Latency,
    /// Events of healthy destinations that had not arrived in the end.
    pub missing: usize,
    /// Events written per second.
    pub rate: f64,
    /// The longest that writing was behind the schedule.
    pub behind: Duration,
}

impl OpenLoop {
    /// Makes the users that later are edited. Their events are delivered like all others.
    ///
    /// # Errors
    /// When they are not made.
    pub async fn prepare(stage: &Stage, first_user: usize) -> Result<(), Error> {
        for load in &stage.loads {
            load.create(first_user..first_user + USERS_PER_APPLICATION)
                .await?;
        }
        Ok(())
    }

    /// Writes `rate` events a second in batches of 10, by turns into each application, and looks when they arrive at
    /// destinations that are not among `unhealthy`. `first_user` is that of [`OpenLoop::prepare`].
    ///
    /// # Errors
    /// When events cannot be written.
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
        let recorded = stage.ask(Ledger::recorded_at_by_application).await?;
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
        #[expect(clippy::cast_precision_loss, reason = "a rate to be shown")]
        let rate = written as f64 / seconds;
        Ok(Self {
            healthy: Latency::of(latencies),
            missing,
            rate,
            behind,
        })
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

/// One batch per tick. A tick that comes late is made up for, so the rate holds over the whole.
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
        // Bounded: a database that does not keep up shows as being behind.
        while writing.len() >= super::load::SESSIONS as usize * 4 {
            writing.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(done) = writing.join_next().await {
        done??;
    }
    Ok((written, behind))
}
