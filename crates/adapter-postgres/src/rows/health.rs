//! The health of a lane as the JSON of its row. Times are microseconds since the Unix epoch.

use serde::{Deserialize, Serialize};
use users_domain::model::Timestamp;
use users_domain::model::webhooks::{Breaker, Failing, LaneHealth, OutcomeCounts};
use users_domain::rules::webhooks::health::healthy;

use super::from_json;
use crate::failure::Failure;

#[derive(Serialize, Deserialize)]
struct Stored {
    transport_failures: u32,
    /// Slice, successes, failures.
    window: Vec<(i64, u32, u32)>,
    /// The end of the open state, and the number of consecutive openings.
    open: Option<(i64, u32)>,
    concurrency: u32,
    successes_at_concurrency: u32,
    paused_until: Option<i64>,
    failing: Option<StoredFailing>,
}

#[derive(Serialize, Deserialize)]
struct StoredFailing {
    since: i64,
    attempts: u32,
    days: u32,
    latest: i64,
}

pub(crate) fn stored_health(health: &LaneHealth) -> Result<String, Failure> {
    let slice = |counts: &OutcomeCounts| (counts.slice, counts.successes, counts.failures);
    let stored = Stored {
        transport_failures: health.transport_failures_in_a_row,
        window: health.window.iter().map(slice).collect(),
        open: match health.breaker {
            Breaker::Closed => None,
            Breaker::Open { until, openings } => Some((until.unix_micros(), openings)),
        },
        concurrency: health.concurrency,
        successes_at_concurrency: health.successes_at_concurrency,
        paused_until: health.paused_until.map(Timestamp::unix_micros),
        failing: health.failing.map(|failing| StoredFailing {
            since: failing.since.unix_micros(),
            attempts: failing.attempts,
            days: failing.days,
            latest: failing.latest.unix_micros(),
        }),
    };
    serde_json::to_string(&stored).map_err(|_| Failure::defect("the health has no JSON"))
}

/// Parses the column's value; NULL is the initial health.
pub(crate) fn lane_health(text: Option<&str>) -> Result<LaneHealth, Failure> {
    let Some(text) = text else {
        return Ok(healthy());
    };
    let stored: Stored = from_json("health", text)?;
    let failing = |failing: StoredFailing| {
        Ok::<_, Failure>(Failing {
            since: time(failing.since)?,
            attempts: failing.attempts,
            days: failing.days,
            latest: time(failing.latest)?,
        })
    };
    Ok(LaneHealth {
        transport_failures_in_a_row: stored.transport_failures,
        window: stored
            .window
            .into_iter()
            .map(|(slice, successes, failures)| OutcomeCounts { slice, successes, failures })
            .collect(),
        breaker: match stored.open {
            None => Breaker::Closed,
            Some((until, openings)) => Breaker::Open { until: time(until)?, openings },
        },
        concurrency: stored.concurrency,
        successes_at_concurrency: stored.successes_at_concurrency,
        paused_until: stored.paused_until.map(time).transpose()?,
        failing: stored.failing.map(failing).transpose()?,
    })
}

fn time(micros: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_unix_micros(micros)
        .ok_or_else(|| Failure::defect("a time in the stored health is out of range"))
}

#[cfg(test)]
mod tests;
