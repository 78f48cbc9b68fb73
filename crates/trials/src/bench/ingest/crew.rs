//! Connections that send the next request right after the previous response (closed loop).

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::reports::Reporter;
use super::{Cost, IngestStage, Rows};
use crate::Error;
use crate::api::Answer;
use crate::bench::Latency;
use crate::dice::Dice;

const REPORTS: &str = "/internal/v1/session-events/";

/// Kind of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// One report per request.
    Single,
    /// A batch of reports per request.
    Batch(usize),
    /// A read of a random user.
    Read,
}

/// Results of one measurement.
#[derive(Debug, Clone)]
pub struct Round {
    /// Number of successful reports or reads.
    pub items: usize,
    /// Duration of the measurement.
    pub duration: Duration,
    /// Cost in PostgreSQL.
    pub cost: Cost,
    /// Duration of each request in microseconds.
    pub latencies: Vec<i64>,
}

impl Round {
    /// Items per second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate for display")]
    pub fn rate(&self) -> f64 {
        self.items as f64 / self.duration.as_secs_f64()
    }

    /// Percentiles of the request durations.
    #[must_use]
    pub fn latency(&self) -> Latency {
        Latency::of(self.latencies.clone())
    }
}

/// A set of connections. Each has its own sessions, so that revisions arrive in order.
pub struct Crew {
    reporters: Vec<Reporter>,
}

impl Crew {
    /// Creates the connections.
    #[must_use]
    pub fn new(stage: &IngestStage, connections: usize, seed: u64) -> Self {
        let dice = Dice::new(seed);
        let reporters = (0..connections).map(|number| {
            let dice = dice.split(number as u64 + 1);
            Reporter::new(format!("live-{number}"), stage.population, dice)
        });
        Self { reporters: reporters.collect() }
    }

    /// Sends requests on all connections for `duration`.
    ///
    /// # Errors
    /// If a request fails, or not every report was applied.
    pub async fn work(
        &mut self,
        stage: &IngestStage,
        work: Work,
        duration: Duration,
    ) -> Result<Round, Error> {
        let before = stage.query(Rows::cost).await?;
        let (started, mut working) = (Instant::now(), JoinSet::new());
        for reporter in self.reporters.drain(..) {
            let connection =
                Connection { stage: stage.client(), reporter, latencies: Vec::new(), items: 0 };
            working.spawn(connection.work(work, started + duration));
        }
        let (mut items, mut latencies) = (0, Vec::new());
        while let Some(done) = working.join_next().await {
            let connection = done??;
            items += connection.items;
            latencies.extend(connection.latencies);
            self.reporters.push(connection.reporter);
        }
        let duration = started.elapsed();
        let after = stage.query(Rows::cost).await?;
        Ok(Round { items, duration, cost: after.since(before), latencies })
    }
}

struct Connection {
    stage: super::stage::Client,
    reporter: Reporter,
    latencies: Vec<i64>,
    items: usize,
}

impl Connection {
    async fn work(mut self, work: Work, until: Instant) -> Result<Self, Error> {
        while Instant::now() < until {
            let started = Instant::now();
            match work {
                Work::Single => {
                    let report = self.reporter.next();
                    self.report(&report, 1).await?;
                }
                Work::Batch(size) => {
                    let reports = (0..size).map(|_| self.reporter.next());
                    let reports: Value = reports.collect();
                    self.report(&reports, size).await?;
                }
                Work::Read => self.read().await?,
            }
            let micros = started.elapsed().as_micros();
            self.latencies.push(i64::try_from(micros)?);
        }
        Ok(self)
    }

    async fn report(&mut self, body: &Value, reports: usize) -> Result<(), Error> {
        let (to, api) = (self.stage.address, &self.stage.reports);
        let answer = api.send(to, Method::POST, REPORTS, body).await?;
        all_applied(&answer, reports)?;
        self.items += reports;
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Error> {
        let name = self.reporter.person().vendor_data();
        let (to, api) = (self.stage.address, &self.stage.reads);
        let path = format!("/v3/users/{name}/");
        let answer = api.send(to, Method::GET, &path, &json!({})).await?;
        if answer.status != 200 || answer.body["vendor_data"] != name.as_str() {
            return Err(format!("reading {name}: {} {}", answer.status, answer.body).into());
        }
        self.items += 1;
        Ok(())
    }
}

/// Checks that all reports were applied.
///
/// # Errors
/// If fewer or other results were returned.
pub(super) fn all_applied(answer: &Answer, reports: usize) -> Result<(), Error> {
    let results = answer.body["results"].as_array().map_or(&[][..], Vec::as_slice);
    let other = results.iter().find(|result| result["outcome"] != "applied");
    if answer.status != 200 || other.is_some() || results.len() != reports {
        let shown = other.unwrap_or(&answer.body);
        let (status, count) = (answer.status, results.len());
        return Err(format!("{status}, {count} results of {reports}: {shown}").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_must_be_applied() {
        let answer = |status, outcomes: &[&str]| {
            let results = outcomes.iter().map(|outcome| json!({"outcome": outcome}));
            let body = json!({"results": results.collect::<Value>()});
            Answer { status, body }
        };
        assert!(all_applied(&answer(200, &["applied", "applied"]), 2).is_ok());
        assert!(all_applied(&answer(200, &["applied", "duplicate"]), 2).is_err());
        assert!(all_applied(&answer(200, &["applied"]), 2).is_err());
        assert!(all_applied(&answer(503, &["applied"]), 1).is_err());
    }
}
