//! Processes that die exactly where it could hurt. Nothing in the service knows of these points: they are reached from
//! outside, by a receiver that holds its answer and by a session that holds the lock on a lane.
//!
//! One user is written for each point, by two changes of which the second must wait for the first. Every point has a
//! destination of its own, whose lane the process has when it ends; all the others have nothing to do then. So the leases
//! of all the dead run out at the same time.

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

/// Where a process ends, or stands still.
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

/// What was accepted and could not be written down: at [`Point::StoppedPastTheLease`] and
/// [`Point::AnsweredNotAcknowledged`]. Where none of it comes again, the point was missed.
const SURELY_AGAIN: usize = 2;

/// Leases that nobody can give back: at these two and at [`Point::ReceivedNotAnswered`].
const SURELY_LOST: u64 = 3;

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// What the checker found.
    pub findings: Findings,
    /// What the processes counted, those that died included.
    pub counted: Counted,
    /// What was still waiting when the time for it was over.
    pub left: Waiting,
    /// Processes that did not stop when they were asked to.
    pub unwell: usize,
    /// How long all of it took.
    pub took: Duration,
}

impl Report {
    /// Whether everything is as it was promised.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.offences().is_empty()
    }

    /// One line with the sums.
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

    /// A line for each thing that is wrong.
    #[must_use]
    pub fn offences(&self) -> Vec<String> {
        let offences = self.findings.offences();
        let mut lines: Vec<_> = offences
            .map(|(what, offence)| format!("{what}: {offence}"))
            .collect();
        let left = &self.left;
        if left.outbox + left.deliveries + left.dead_letters > 0 {
            lines.push(format!("left in the end: {left:?}"));
        }
        if self.unwell > 0 {
            lines.push(format!("{} processes did not stop well", self.unwell));
        }
        let again = self.findings.duplicates;
        if again < SURELY_AGAIN {
            lines.push(format!(
                "{again} duplicates, where {SURELY_AGAIN} at least cannot be avoided"
            ));
        }
        let counted = &self.counted;
        if counted.lease_losses < SURELY_LOST || counted.duplicates_possible < again as u64 {
            lines.push(format!(
                "of {SURELY_LOST} lost leases and {again} duplicates not all were counted: {counted:?}"
            ));
        }
        lines
    }
}

/// Goes through all points, from an empty database to the report. The directory with the logs of the processes is kept where
/// something is wrong, and its path is given.
///
/// # Errors
/// When a point is not reached, or the trial itself cannot go on.
pub async fn run(program: &Path) -> Result<(Report, Option<String>), Error> {
    let mut scratch = Scratch::new()?;
    let outcome = run_in(program, scratch.path()).await;
    let clean = outcome.as_ref().is_ok_and(Report::is_clean);
    let kept = (!clean).then(|| scratch.path().display().to_string());
    if !clean {
        scratch.keep();
    }
    match outcome {
        Ok(report) => Ok((report, kept)),
        Err(trouble) => Err(format!("{trouble} (logs: {})", kept.unwrap_or_default()).into()),
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
        let taken = stage.database.epoch(lane).await? > epoch;
        Ok(taken && stage.requests(point) > 1)
    })
    .await?;
    stopped.signal(Signal::SIGCONT)?;
    for point in Point::ALL {
        stage.edit(&last, point).await?;
    }

    let left = drain(stage.database.owner_url(), || {
        match last.ended().or_else(|| stopped.ended()) {
            Some(status) => Err(format!("a process ended: {status}").into()),
            None => Ok(()),
        }
    })
    .await?;
    let mut unwell = 0;
    for process in [stopped, last] {
        stage.count(&process).await?;
        unwell += usize::from(!process.stop().await?);
    }
    let written = Written {
        acknowledged: std::mem::take(&mut stage.acknowledged),
        ..Written::default()
    };
    let owner_url = stage.database.owner_url();
    let (history, _) = history(owner_url, &stage.receiver, promises(), written).await?;
    let findings = spawn_blocking(move || history.check()).await?;
    Ok(Report {
        findings,
        counted: stage.counted,
        left,
        unwell,
        took: began.elapsed(),
    })
}

/// The answer comes while the process stands still. Gives the process and the lease of its lane.
async fn stop_while_answered(
    stage: &mut Stage,
    mut process: Service,
) -> Result<(Service, i64), Error> {
    let point = Point::StoppedPastTheLease;
    stage.hold(&process, point).await?;
    process.signal(Signal::SIGSTOP)?;
    let epoch = stage.database.epoch(stage.lane(point)?).await?;
    stage.abandon(point)?;
    stage.behaves(point, Behaviour::Healthy)?;
    stage.nothing_under_way(point).await?;
    Ok((process, epoch))
}

/// The answer never comes.
async fn received_not_answered(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::ReceivedNotAnswered;
    let mut process = stage.process().await?;
    stage.hold(&process, point).await?;
    stage.count(&process).await?;
    process.kill().await?;
    stage.abandon(point)?;
    stage.nothing_under_way(point).await?;
    stage.behaves(point, Behaviour::Healthy)
}

/// The answer comes to a process that cannot do anything with it any more: it stands still, then it is dead.
async fn answered_not_acknowledged(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::AnsweredNotAcknowledged;
    let mut process = stage.process().await?;
    stage.hold(&process, point).await?;
    stage.count(&process).await?;
    process.signal(Signal::SIGSTOP)?;
    stage.behaves(point, Behaviour::Healthy)?;
    stage.nothing_under_way(point).await?;
    process.kill().await?;
    stage.abandon(point)
}

/// The process has asked for the settlement, and does not live to see it.
async fn settlement_waits(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::SettlementWaits;
    let mut process = stage.process().await?;
    stage.hold(&process, point).await?;
    let lock = stage.database.lock_lane(stage.lane(point)?).await?;
    stage.behaves(point, Behaviour::Healthy)?;
    until(point, async || {
        stage.database.is_blocked_in("settle_lane_timed").await
    })
    .await?;
    stage.count(&process).await?;
    process.kill().await?;
    stage.abandon(point)?;
    drop(lock);
    Ok(())
}

/// A change is committed, and the process does not live to see it sequenced.
async fn sequencing_waits(stage: &mut Stage) -> Result<(), Error> {
    let point = Point::SequencingWaits;
    let mut process = stage.process().await?;
    stage.quiet(point).await?;
    let lock = stage.database.lock_lane(stage.lane(point)?).await?;
    stage.create(&process, point).await?;
    until(point, async || {
        stage.database.is_blocked_in("sequence_outbox").await
    })
    .await?;
    stage.count(&process).await?;
    process.kill().await?;
    drop(lock);
    Ok(())
}
