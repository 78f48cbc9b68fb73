//! Kills or stops processes at critical points of a delivery. The service contains no hooks for these points: they are
//! reached from outside, by a receiver that holds its response and by a session that locks a lane.
//!
//! Each point has one user with two changes; the second must wait for the first. Each point also has its own
//! destination, whose lane the process owns when it ends, while all other lanes are idle. So the leases of all killed
//! processes expire at the same time.

mod counted;
mod database;
mod stage;

use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio::task::spawn_blocking;

use crate::Error;
use crate::history::Findings;
use crate::ledger::Waiting;
use crate::receiver::Behaviour;
use crate::round::{drain, history};
use crate::scratch::Scratch;
use crate::service::Service;
use crate::writer::Written;
pub use counted::Counted;
use stage::{Stage, promises, until};

/// The point at which a process is killed or stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    StoppedPastTheLease,
    ReceivedNotAnswered,
    AnsweredNotAcknowledged,
    SettlementWaits,
    SequencingWaits,
}

impl Point {
    const ALL: [Self; 5] = [
        Self::StoppedPastTheLease,
        Self::ReceivedNotAnswered,
        Self::AnsweredNotAcknowledged,
        Self::SettlementWaits,
        Self::SequencingWaits,
    ];

    const fn what(self) -> &'static str {
        match self {
            Self::StoppedPastTheLease => "stopped past the lease",
            Self::ReceivedNotAnswered => "request received, not answered",
            Self::AnsweredNotAcknowledged => "answered, not acknowledged",
            Self::SettlementWaits => "settlement waits",
            Self::SequencingWaits => "sequencing waits",
        }
    }

    const fn destination(self) -> usize {
        self as usize
    }

    fn user(self) -> String {
        format!("point-{}", self.destination())
    }
}

/// Accepted deliveries that the process could not record: at [`Point::StoppedPastTheLease`] and
/// [`Point::AnsweredNotAcknowledged`]. Fewer duplicates mean that a point was missed.
const MIN_DUPLICATES: usize = 2;

/// Leases that cannot be released: at these two points and at [`Point::ReceivedNotAnswered`].
const MIN_LOST_LEASES: u64 = 3;

/// Outcome of all named points.
#[derive(Debug)]
pub struct Report {
    /// What the checker found.
    pub findings: Findings,
    /// Counters of all processes, including killed ones.
    pub counted: Counted,
    /// Work that was still pending when the time limit was reached.
    pub left: Waiting,
    /// Processes that did not stop cleanly.
    pub unclean_stops: usize,
    /// Total duration.
    pub took: Duration,
}

impl Report {
    /// Whether every guarantee held.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations().is_empty()
    }

    /// Summary in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let found = &self.findings;
        let points = Point::ALL.map(Point::what).join("; ");
        format!(
            "{} named points ({points}): {} events, {} deliveries; lost {}, out of order {}, duplicates {}, overlaps {}, \
             invalid signatures {}, late {}; counted: {} leases lost, {} duplicates possible; took {:.1} s",
            Point::ALL.len(),
            found.events,
            found.delivered,
            found.lost.len(),
            found.out_of_order.len(),
            found.duplicates,
            found.overlaps.len(),
            found.invalid.len(),
            found.late,
            self.counted.lease_losses,
            self.counted.duplicates_possible,
            self.took.as_secs_f64(),
        )
    }

    /// A line for each problem.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let violations = self.findings.violations();
        let mut lines: Vec<_> =
            violations.map(|(what, violation)| format!("{what}: {violation}")).collect();
        let left = &self.left;
        if left.outbox + left.deliveries + left.dead_letters > 0 {
            lines.push(format!("still pending: {left:?}"));
        }
        if self.unclean_stops > 0 {
            lines.push(format!("{} processes did not stop cleanly", self.unclean_stops));
        }
        let again = self.findings.duplicates;
        if again < MIN_DUPLICATES {
            lines.push(format!(
                "{again} duplicates, where at least {MIN_DUPLICATES} are unavoidable"
            ));
        }
        let counted = &self.counted;
        if counted.lease_losses < MIN_LOST_LEASES || counted.duplicates_possible < again as u64 {
            lines.push(format!(
                "metrics count fewer than {MIN_LOST_LEASES} lost leases or {again} duplicates: {counted:?}"
            ));
        }
        lines
    }
}

/// Runs all points from an empty database to the report. If something is wrong, the log directory of the processes is
/// retained and its path is returned.
///
/// # Errors
/// If a point is not reached, or the trial itself cannot continue.
pub async fn run(program: &Path) -> Result<(Report, Option<String>), Error> {
    let mut scratch = Scratch::new()?;
    let outcome = run_in(program, scratch.path()).await;
    let clean = outcome.as_ref().is_ok_and(Report::is_clean);
    let log_dir = (!clean).then(|| scratch.path().display().to_string());
    if !clean {
        scratch.retain();
    }
    match outcome {
        Ok(report) => Ok((report, log_dir)),
        Err(error) => Err(format!("{error} (logs: {})", log_dir.unwrap_or_default()).into()),
    }
}

async fn run_in(program: &Path, dir: &Path) -> Result<Report, Error> {
    let began = Instant::now();
    let (mut stage, first) = Stage::set_up(program, dir).await?;
    let (mut stopped, epoch) = stop_while_answered(&mut stage, first).await?;
    received_not_answered(&mut stage).await?;
    answered_not_acknowledged(&mut stage).await?;
    settlement_waits(&mut stage).await?;
    sequencing_waits(&mut stage).await?;

    let mut last = stage.process().await?;
    let point = Point::StoppedPastTheLease;
    let lane = stage.lane(point)?;
    until(point, async || {
        let leased_again = stage.database.epoch(lane).await? > epoch;
        Ok(leased_again && stage.requests(point) > 1)
    })
    .await?;
    stopped.signal(Signal::SIGCONT)?;
    for point in Point::ALL {
        stage.edit(&last, point).await?;
    }

    let left =
        drain(stage.database.owner_url(), || match last.ended().or_else(|| stopped.ended()) {
            Some(status) => Err(format!("a process ended: {status}").into()),
            None => Ok(()),
        })
        .await?;
    let mut unclean_stops = 0;
    for process in [stopped, last] {
        stage.count(&process).await?;
        unclean_stops += usize::from(!process.stop().await?);
    }
    let written =
        Written { acknowledged: std::mem::take(&mut stage.acknowledged), ..Written::default() };
    let owner_url = stage.database.owner_url();
    let (history, _) = history(owner_url, &stage.receiver, promises(), written).await?;
    let findings = spawn_blocking(move || history.check()).await?;
    Ok(Report { findings, counted: stage.counted, left, unclean_stops, took: began.elapsed() })
}

/// The response arrives while the process is stopped. Returns the process and the lease epoch of its lane.
async fn stop_while_answered(
    stage: &mut Stage,
    mut process: Service,
) -> Result<(Service, i64), Error> {
    let point = Point::StoppedPastTheLease;
    stage.hold(&process, point).await?;
    process.signal(Signal::SIGSTOP)?;
    let epoch = stage.database.epoch(stage.lane(point)?).await?;
    stage.abandon(point)?;
    stage.set_behaviour(point, Behaviour::Healthy)?;
    stage.nothing_under_way(point).await?;
    Ok((process, epoch))
}

/// The process is killed before the response is sent.
async fn received_not_answered(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::ReceivedNotAnswered;
    let mut process = stage.process().await?;
    stage.hold(&process, point).await?;
    stage.count(&process).await?;
    process.kill().await?;
    stage.abandon(point)?;
    stage.nothing_under_way(point).await?;
    stage.set_behaviour(point, Behaviour::Healthy)
}

/// The response arrives at a process that cannot handle it: the process is stopped, then killed.
async fn answered_not_acknowledged(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::AnsweredNotAcknowledged;
    let mut process = stage.process().await?;
    stage.hold(&process, point).await?;
    stage.count(&process).await?;
    process.signal(Signal::SIGSTOP)?;
    stage.set_behaviour(point, Behaviour::Healthy)?;
    stage.nothing_under_way(point).await?;
    process.kill().await?;
    stage.abandon(point)
}

/// The process is killed while its settlement waits for a lock.
async fn settlement_waits(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::SettlementWaits;
    let mut process = stage.process().await?;
    stage.hold(&process, point).await?;
    let lock = stage.database.lock_lane(stage.lane(point)?).await?;
    stage.set_behaviour(point, Behaviour::Healthy)?;
    until(point, async || stage.database.is_blocked_in("settle_lane").await).await?;
    stage.count(&process).await?;
    process.kill().await?;
    stage.abandon(point)?;
    drop(lock);
    Ok(())
}

/// A change is committed, and the process is killed while sequencing waits for a lock.
async fn sequencing_waits(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::SequencingWaits;
    let mut process = stage.process().await?;
    stage.quiet(point).await?;
    let lock = stage.database.lock_lane(stage.lane(point)?).await?;
    stage.create(&process, point).await?;
    until(point, async || stage.database.is_blocked_in("sequence_outbox").await).await?;
    stage.count(&process).await?;
    process.kill().await?;
    drop(lock);
    Ok(())
}
