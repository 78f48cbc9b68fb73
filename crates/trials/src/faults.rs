//! What goes wrong during a round: processes are killed and stopped, sessions terminated, the database crashes.

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
/// On a slow machine the next fault waits until so many requests have arrived since the last one,
const ARRIVALS_BETWEEN: usize = 20;
/// but no longer than this.
const AT_MOST_FOR: Duration = Duration::from_secs(2);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// A database that crashes all the time does nothing else.
const BETWEEN_RESTARTS: Duration = Duration::from_secs(4);
/// Beyond the lease by this, so that somebody else surely takes it.
const BEYOND_THE_LEASE: Duration = Duration::from_secs(1);
const MOST_SESSIONS: u64 = 12;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Toll {
    /// Processes killed (SIGKILL) and started anew.
    pub kills: usize,
    /// Processes stopped for longer than a lease (SIGSTOP, later SIGCONT).
    pub stops: usize,
    /// Sessions terminated.
    pub terminations: u64,
    /// Immediate restarts of PostgreSQL.
    pub restarts: usize,
    /// Processes that ended by themselves, as they found no database when they started, and were started anew.
    pub ended: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Kill,
    Stop,
    Terminate,
    Restart,
}

/// How long, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How long things go wrong.
    pub duration: Duration,
    /// The lease of the processes.
    pub lease: Duration,
    /// Chooses what goes wrong.
    pub dice: Dice,
}

struct Run<'a> {
    fleet: &'a mut Fleet,
    cluster: Cluster,
    dice: Dice,
    lease: Duration,
    goes_on_at: Option<Instant>,
    restarted_at: Option<Instant>,
    toll: Toll,
}

/// Lets things go wrong, each kind at least once where there is time, and gives the cluster back when all processes go on.
/// `arrived` tells how many requests have arrived.
///
/// # Errors
/// When the trial itself cannot go on.
pub async fn inflict(
    fleet: &mut Fleet,
    cluster: Cluster,
    plan: Plan,
    arrived: &(dyn Fn() -> usize + Sync),
) -> Result<(Cluster, Toll), Error> {
    let end = Instant::now() + plan.duration;
    let mut first = VecDeque::from([Fault::Stop, Fault::Kill, Fault::Terminate, Fault::Restart]);
    let mut run = Run {
        fleet,
        cluster,
        dice: plan.dice,
        lease: plan.lease,
        goes_on_at: None,
        restarted_at: None,
        toll: Toll::default(),
    };
    while Instant::now() < end {
        let pause = run.dice.between(SHORTEST_PAUSE, LONGEST_PAUSE);
        run.work_for(pause, arrived).await?;
        let fault = first.pop_front().unwrap_or_else(|| run.choose());
        let time_left = end.saturating_duration_since(Instant::now());
        run = run.inflict(fault, time_left).await?;
    }
    if let Some(goes_on_at) = run.goes_on_at {
        sleep_until(goes_on_at).await;
    }
    run.tend()?;
    Ok((run.cluster, run.toll))
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
        self.tend()?;
        while arrived() < before + ARRIVALS_BETWEEN && began.elapsed() < AT_MOST_FOR {
            sleep(LOOK_AGAIN_AFTER).await;
            self.tend()?;
        }
        Ok(())
    }

    fn tend(&mut self) -> Result<(), Error> {
        if self.goes_on_at.is_some_and(|at| at <= Instant::now()) {
            self.fleet.go_on()?;
            self.goes_on_at = None;
        }
        self.toll.ended += self.fleet.tend()?;
        Ok(())
    }

    async fn inflict(mut self, fault: Fault, time_left: Duration) -> Result<Self, Error> {
        let stop = self.lease + BEYOND_THE_LEASE;
        match fault {
            Fault::Kill => {
                let killed = self.fleet.kill_one(&mut self.dice).await?;
                self.toll.kills += usize::from(killed);
            }
            Fault::Stop => {
                // The end waits for what is stopped. Where there is no other process, time must be left for it to work.
                let needed = if self.fleet.len() > 1 {
                    stop / 2
                } else {
                    2 * stop
                };
                if time_left > needed && self.fleet.halt_one(&mut self.dice)? {
                    self.goes_on_at = Some(Instant::now() + stop);
                    self.toll.stops += 1;
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
                self.toll.terminations += terminated?;
            }
            Fault::Restart => {
                let again = self
                    .restarted_at
                    .is_none_or(|at| at.elapsed() > BETWEEN_RESTARTS);
                if again {
                    let mut cluster = self.cluster;
                    let (cluster, restarted) = spawn_blocking(move || {
                        let restarted = cluster.restart_immediately();
                        (cluster, restarted)
                    })
                    .await?;
                    self.cluster = cluster;
                    restarted?;
                    self.toll.restarts += 1;
                    self.restarted_at = Some(Instant::now());
                }
            }
        }
        Ok(self)
    }
}
