//! Fault injection: kills and stops processes, terminates sessions, crashes the database.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Error;
use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::fleet::Fleet;

const SHORTEST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_millis(900);
/// On a slow machine the next fault waits until this number of requests has arrived since the last one,
const ARRIVALS_BETWEEN: usize = 20;
/// but no longer than this.
const AT_MOST_FOR: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Minimum time between two crashes of the database, which otherwise would only recover.
const BETWEEN_RESTARTS: Duration = Duration::from_secs(4);
/// A stop exceeds the lease by this, so that another process takes the lease.
const BEYOND_THE_LEASE: Duration = Duration::from_secs(1);
const MOST_SESSIONS: u64 = 12;

/// Numbers of injected faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultCounts {
    /// Processes killed (SIGKILL) and replaced.
    pub kills: usize,
    /// Processes stopped for longer than a lease (SIGSTOP, later SIGCONT).
    pub stops: usize,
    /// Terminated database sessions.
    pub terminations: u64,
    /// Immediate restarts of PostgreSQL.
    pub restarts: usize,
    /// Processes that ended by themselves, because the database was down when they started, and were replaced.
    pub ended: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Kill,
    Stop,
    Terminate,
    Restart,
}

/// Parameters of the injection.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How long faults are injected.
    pub duration: Duration,
    /// Lease duration of the processes.
    pub lease: Duration,
    /// Source of the random choices.
    pub dice: Dice,
}

struct Run<'a> {
    fleet: &'a mut Fleet,
    cluster: Cluster,
    dice: Dice,
    lease: Duration,
    resume_at: Option<Instant>,
    restarted_at: Option<Instant>,
    faults: FaultCounts,
}

/// Injects faults, each kind at least once if time allows, and returns the cluster after all processes have resumed.
/// `arrived` returns the number of requests that have arrived.
///
/// # Errors
/// If the trial itself cannot continue.
pub async fn inflict(
    fleet: &mut Fleet,
    cluster: Cluster,
    plan: Plan,
    arrived: &(dyn Fn() -> usize + Sync),
) -> Result<(Cluster, FaultCounts), Error> {
    let end = Instant::now() + plan.duration;
    let mut first = VecDeque::from([Fault::Stop, Fault::Kill, Fault::Terminate, Fault::Restart]);
    let mut run = Run {
        fleet,
        cluster,
        dice: plan.dice,
        lease: plan.lease,
        resume_at: None,
        restarted_at: None,
        faults: FaultCounts::default(),
    };
    while Instant::now() < end {
        let pause = run.dice.between(SHORTEST_PAUSE, LONGEST_PAUSE);
        run.work_for(pause, arrived).await?;
        let fault = first.pop_front().unwrap_or_else(|| run.choose());
        let time_left = end.saturating_duration_since(Instant::now());
        run = run.inflict(fault, time_left).await?;
    }
    if let Some(resume_at) = run.resume_at {
        sleep_until(resume_at).await;
    }
    run.supervise()?;
    Ok((run.cluster, run.faults))
}

impl Run<'_> {
    fn choose(&mut self) -> Fault {
        match self.dice.below(100) {
            0..45 => Fault::Kill,
            45..60 => Fault::Stop,
            60..88 => Fault::Terminate,
            _ => Fault::Restart,
        }
    }

    async fn work_for(
        &mut self,
        pause: Duration,
        arrived: &(dyn Fn() -> usize + Sync),
    ) -> Result<(), Error> {
        let (began, before) = (Instant::now(), arrived());
        sleep(pause).await;
        self.supervise()?;
        while arrived() < before + ARRIVALS_BETWEEN && began.elapsed() < AT_MOST_FOR {
            sleep(POLL_INTERVAL).await;
            self.supervise()?;
        }
        Ok(())
    }

    fn supervise(&mut self) -> Result<(), Error> {
        if self.resume_at.is_some_and(|at| at <= Instant::now()) {
            self.fleet.resume()?;
            self.resume_at = None;
        }
        self.faults.ended += self.fleet.supervise()?;
        Ok(())
    }

    async fn inflict(mut self, fault: Fault, time_left: Duration) -> Result<Self, Error> {
        let stop = self.lease + BEYOND_THE_LEASE;
        match fault {
            Fault::Kill => {
                let killed = self.fleet.kill_one(&mut self.dice).await?;
                self.faults.kills += usize::from(killed);
            }
            Fault::Stop => {
                // The round ends after the process resumes. A single process must have time to work after that.
                let needed = if self.fleet.len() > 1 { stop / 2 } else { 2 * stop };
                if time_left > needed && self.fleet.halt_one(&mut self.dice)? {
                    self.resume_at = Some(Instant::now() + stop);
                    self.faults.stops += 1;
                }
            }
            Fault::Terminate => {
                let (at_most, seed) = (1 + self.dice.below(MOST_SESSIONS), self.dice.roll());
                let cluster = self.cluster;
                let (cluster, terminated) = spawn_blocking(move || {
                    let terminated = cluster.terminate_sessions(at_most, seed);
                    (cluster, terminated)
                })
                .await?;
                self.cluster = cluster;
                self.faults.terminations += terminated?;
            }
            Fault::Restart => {
                let again = self.restarted_at.is_none_or(|at| at.elapsed() > BETWEEN_RESTARTS);
                if again {
                    let mut cluster = self.cluster;
                    let (cluster, restarted) = spawn_blocking(move || {
                        let restarted = cluster.restart_immediately();
                        (cluster, restarted)
                    })
                    .await?;
                    self.cluster = cluster;
                    restarted?;
                    self.faults.restarts += 1;
                    self.restarted_at = Some(Instant::now());
                }
            }
        }
        Ok(self)
    }
}
