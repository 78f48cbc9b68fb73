//! One chaos round: write, inject faults, recover, and check all deliveries.

use std::path::Path;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::api::Api;
use crate::cluster::{Cluster, Flush};
use crate::dice::Dice;
use crate::faults::{FaultCounts, Plan, inflict};
use crate::fleet::Fleet;
use crate::history::{Findings, History, Promise};
use crate::ledger::{Ledger, Waiting};
use crate::receiver::{Behaviour, Checking, Receiver};
use crate::scratch::Scratch;
use crate::service::{API_KEY, Settings};
use crate::writer::{Pace, Writers, Written};

/// Time limit of an attempt.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(2);
/// Short, so that stops of processes can exceed it.
const LEASE: Duration = Duration::from_secs(8);
/// Leases of killed processes must expire, and rejected deliveries are retried after 5 s, then after a minute.
const DRAIN_LIMIT: Duration = Duration::from_mins(4);
const POLL_INTERVAL: Duration = Duration::from_millis(250);
const PACE: Pace = Pace { writers: 6, pause: Duration::from_millis(10) };
const DATA: &str = "user.data.updated";
const STATUS: &str = "user.status.updated";

/// Parameters of a round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Number of server processes.
    pub processes: usize,
    /// How long faults are injected.
    pub duration: Duration,
    /// Seed of all random choices.
    pub seed: u64,
}

/// Outcome of a round.
#[derive(Debug)]
pub struct Report {
    /// Number of server processes.
    pub processes: usize,
    /// Injected faults.
    pub faults: FaultCounts,
    /// What the checker found.
    pub findings: Findings,
    /// Work that was still pending when the time limit was reached.
    pub left: Waiting,
    /// Requests whose outcome the writers do not know.
    pub unknown: usize,
    /// Unexpected responses to the writers.
    pub wrong_answers: Vec<String>,
    /// Processes that did not stop cleanly.
    pub unclean_stops: usize,
    /// Time until everything was delivered.
    pub drained_in: Duration,
}

impl Report {
    /// Whether every guarantee held.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_clean()
            && self.left.outbox + self.left.deliveries + self.left.dead_letters == 0
            && self.wrong_answers.is_empty()
            && self.unclean_stops == 0
    }

    /// Summary in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let (faults, found) = (&self.faults, &self.findings);
        format!(
            "{} processes: {} kills, {} stops, {} sessions terminated, {} immediate restarts; {} events, {} deliveries; \
             lost {}, out of order {}, duplicates {}, overlaps {}, invalid signatures {}, late {}; drained in {:.1} s",
            self.processes,
            faults.kills,
            faults.stops,
            faults.terminations,
            faults.restarts,
            found.events,
            found.delivered,
            found.lost.len(),
            found.out_of_order.len(),
            found.duplicates,
            found.overlaps.len(),
            found.invalid.len(),
            found.late,
            self.drained_in.as_secs_f64(),
        )
    }

    /// A line for each of the first violations and for every other problem.
    #[must_use]
    pub fn violations(&self, at_most: usize) -> Vec<String> {
        let mut lines: Vec<_> = self
            .findings
            .violations()
            .map(|(what, violation)| format!("{what}: {violation}"))
            .collect();
        let wrong = self.wrong_answers.iter();
        lines.extend(wrong.map(|answer| format!("wrong answer: {answer}")));
        let all = lines.len();
        lines.truncate(at_most);
        if all > at_most {
            lines.push(format!("and {} more", all - at_most));
        }
        let left = &self.left;
        if left.outbox + left.deliveries + left.dead_letters > 0 {
            lines.push(format!("still pending: {left:?}"));
        }
        if self.unclean_stops > 0 {
            lines.push(format!("{} processes did not stop cleanly", self.unclean_stops));
        }
        lines
    }
}

/// Behaviour and guarantees of each destination.
fn destinations() -> Vec<(Behaviour, Promise)> {
    let promise = |kinds: &[&str], per_user| Promise {
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        per_user,
    };
    let both = [DATA, STATUS];
    vec![
        (Behaviour::Healthy, promise(&both, true)),
        (Behaviour::Healthy, promise(&[STATUS], true)),
        (Behaviour::Slow(Duration::from_millis(20)), promise(&[DATA], true)),
        (Behaviour::RefusesFirst { percent: 2 }, promise(&both, true)),
        (Behaviour::Healthy, promise(&[DATA], false)),
    ]
}

/// Runs a round from an empty database to the report. If something is wrong, the log directory of the processes is
/// retained and its path is returned.
///
/// # Errors
/// If the trial itself cannot continue.
pub async fn run(round: Round, program: &Path) -> Result<(Report, Option<String>), Error> {
    let mut scratch = Scratch::new()?;
    let outcome = run_in(round, program, scratch.path()).await;
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

async fn run_in(round: Round, program: &Path, dir: &Path) -> Result<Report, Error> {
    let dice = Dice::new(round.seed).split(round.processes as u64);
    let own_dir = dir.to_owned();
    let cluster = spawn_blocking(move || Cluster::start(&own_dir, Flush::ToSystem)).await??;
    let settings = settings(program, &cluster, dir);
    let mut fleet = Fleet::start(settings, round.processes).await?;
    let (receiver, promises) = receiver(&fleet, &dice).await?;

    let api = Api::new(API_KEY)?;
    let writers = Writers::start(&api, &fleet.addresses(), PACE, &dice.split(1));
    let plan = Plan { duration: round.duration, lease: LEASE, dice: dice.split(2) };
    let (cluster, faults) = inflict(&mut fleet, cluster, plan, &|| receiver.count()).await?;
    fleet.wait_until_all_serve().await?;
    let written = writers.finish().await?;

    let healed_at = Instant::now();
    let owner_url = cluster.urls().owner.clone();
    let left = drain(&owner_url, || fleet.supervise().map(drop)).await?;
    let drained_in = healed_at.elapsed();
    let unclean_stops = fleet.stop().await?;
    let (history, written) = history(&owner_url, &receiver, promises, written).await?;
    let findings = spawn_blocking(move || history.check()).await?;
    drop(cluster);
    Ok(Report {
        processes: round.processes,
        faults,
        findings,
        left,
        unknown: written.unknown,
        wrong_answers: written.wrong,
        unclean_stops,
        drained_in,
    })
}

/// Returns settings with short timeouts and a short lease.
pub(crate) fn settings(program: &Path, cluster: &Cluster, log_dir: &Path) -> Settings {
    Settings::new(program, cluster.urls(), log_dir)
        .with("WEBHOOK_CONNECT_TIMEOUT_MS", "1000")
        .with("WEBHOOK_REQUEST_TIMEOUT_MS", &ATTEMPT_LIMIT.as_millis().to_string())
        .with("WEBHOOK_LEASE_SECONDS", &LEASE.as_secs().to_string())
}

/// Starts a receiver and creates all destinations over the API.
async fn receiver(fleet: &Fleet, dice: &Dice) -> Result<(Receiver, Vec<Promise>), Error> {
    let (behaviours, promises): (Vec<_>, Vec<_>) = destinations().into_iter().unzip();
    let receiver = Receiver::start(&behaviours, Checking::Everything)?;
    let api = Api::new(API_KEY)?;
    let address = fleet.addresses().pick(&mut dice.clone());
    let address = address.ok_or("no process serves")?;
    for (number, promise) in promises.iter().enumerate() {
        let url = receiver.url(number)?;
        let secret = api.add_destination(address, &url, &promise.kinds, promise.per_user).await?;
        receiver.set_secret(number, &secret)?;
    }
    Ok((receiver, promises))
}

/// Waits until nothing is pending, at most for [`DRAIN_LIMIT`]; calls `supervise` before each check.
pub(crate) async fn drain(
    owner_url: &str,
    mut supervise: impl FnMut() -> Result<(), Error>,
) -> Result<Waiting, Error> {
    let deadline = Instant::now() + DRAIN_LIMIT;
    loop {
        supervise()?;
        let url = owner_url.to_owned();
        let waiting = spawn_blocking(move || Ledger::open(&url)?.waiting()).await??;
        if waiting.outbox + waiting.deliveries == 0 || Instant::now() > deadline {
            return Ok(waiting);
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Collects the history from the database, the receiver and the writers.
pub(crate) async fn history(
    owner_url: &str,
    receiver: &Receiver,
    promises: Vec<Promise>,
    mut written: Written,
) -> Result<(History, Written), Error> {
    let url = owner_url.to_owned();
    let committed = spawn_blocking(move || Ledger::open(&url)?.committed()).await??;
    let history = History {
        committed,
        arrivals: receiver.arrivals(),
        promises,
        acknowledged: std::mem::take(&mut written.acknowledged),
        attempt_limit: ATTEMPT_LIMIT,
    };
    Ok((history, written))
}
