//! One application attacks the service while another one works. For each attack, the effect on the working application
//! and the memory of the process are measured.
//!
//! An attack only uses what is open to a client within its rights and rate limits, or to a client without a key.
//! Everything stays on this machine and is bounded in time.

mod attacks;
mod clients;
mod probe;
mod target;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use nix::unistd::Pid;
use tokio::time::{Instant, interval, sleep};

use crate::Error;
use crate::bench::process::resident;

pub use attacks::Attack;
pub use probe::{Probe, Probed};
pub use target::Target;

const MEBIBYTE: u64 = 1024 * 1024;
const MEMORY_IS_READ_EVERY: Duration = Duration::from_millis(50);
/// Pause before each measurement during and after an attack.
const REST: Duration = Duration::from_secs(2);
/// Statuses of excess requests.
const REJECTED: [u16; 2] = [429, 503];
/// Lower bound of the limit, as smaller values are noise of the machine.
const LEAST_P99: Duration = Duration::from_millis(10);

/// Limits for the effect of an attack.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Maximum 99th percentile during an attack, as a multiple of the one before.
    pub times: u32,
    /// Minimum of the limit that results from `times`.
    pub at_least: Duration,
    /// Only one of so many attackers is started.
    pub one_of: usize,
    /// Whether pages of the program file count as memory; an unoptimised build has many.
    pub counts_program: bool,
}

impl Bounds {
    /// Limits of `just siege`.
    pub const STRICT: Self =
        Self { times: 3, at_least: LEAST_P99, one_of: 1, counts_program: true };
    /// Limits of `.ci/run`, for an unoptimised build on a shared machine.
    pub const SHORT: Self =
        Self { times: 3, at_least: Duration::from_millis(250), one_of: 4, counts_program: false };

    fn p99(self, before: Duration) -> Duration {
        (before * self.times).max(self.at_least)
    }
}

/// Effect of one attack.
#[derive(Debug, Clone)]
pub struct AttackReport {
    /// The attack.
    pub attack: Attack,
    /// Measurements of the working application before, during and after the attack.
    pub probed: [Probed; 3],
    /// Number of responses to the attackers per status.
    pub answers: BTreeMap<u16, u64>,
    /// Maximum resident memory during the attack, in bytes.
    pub memory: u64,
}

impl AttackReport {
    /// Describes every exceeded limit.
    #[must_use]
    pub fn problems(&self, bounds: Bounds) -> Vec<String> {
        let [before, during, _] = &self.probed;
        let mut problems: Vec<_> = self
            .probed
            .iter()
            .flat_map(|probed| &probed.failures)
            .map(|(failure, times)| format!("{failure} ({times} times)"))
            .collect();
        let limit = bounds.p99(before.latency.p99);
        if during.latency.p99 > limit {
            problems.push(format!("p99 {:?} is over {limit:?}", during.latency.p99));
        }
        if during.latency.events == 0 {
            problems.push("the working application got no response".to_owned());
        }
        let expected = self.attack.answers();
        if !expected.is_empty() && !self.answers.keys().any(|status| expected.contains(status)) {
            problems.push("no request of the attackers got an expected status".to_owned());
        }
        for (status, times) in &self.answers {
            if !expected.contains(status) && !REJECTED.contains(status) {
                problems.push(format!("the attackers got status {status} ({times} times)"));
            }
        }
        let memory = self.attack.most_memory();
        if self.memory > memory {
            let mebibytes = (self.memory / MEBIBYTE, memory / MEBIBYTE);
            problems.push(format!("{} MiB are over {} MiB", mebibytes.0, mebibytes.1));
        }
        problems
    }
}

impl fmt::Display for AttackReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<22}", self.attack.name())?;
        for (name, probed) in ["before", "during", "after"].iter().zip(&self.probed) {
            let millis = |time: Duration| time.as_secs_f64() * 1000.0;
            let latency = probed.latency;
            let (p50, p99) = (millis(latency.p50), millis(latency.p99));
            write!(f, " {name} p50 {p50:6.1} p99 {p99:7.1} ms,")?;
        }
        write!(f, " memory {} MiB", self.memory / MEBIBYTE)?;
        for (status, times) in &self.answers {
            write!(f, ", {times} times {status}")?;
        }
        Ok(())
    }
}

/// Runs one attack and measures the working application for `phase` before, during and after it.
///
/// # Errors
/// If the attack cannot be run.
pub async fn run_attack(
    target: &Target,
    attack: Attack,
    phase: Duration,
    bounds: Bounds,
) -> Result<AttackReport, Error> {
    let before = attack.probe().of(target).run(phase).await?;
    let attackers = attack.start(target, bounds.one_of);
    // Excludes the start of the attack from the measurement.
    sleep(REST).await;
    let (during, memory) = tokio::join!(
        attack.probe().of(target).run(phase),
        most_memory(target.pid(), phase, bounds)
    );
    let answers = attackers.stop().await;
    sleep(REST).await;
    let after = attack.probe().of(target).run(phase).await?;
    Ok(AttackReport { attack, probed: [before, during?, after], answers, memory: memory? })
}

async fn most_memory(pid: Pid, phase: Duration, bounds: Bounds) -> Result<u64, Error> {
    let (until, mut most) = (Instant::now() + phase, 0);
    let mut look = interval(MEMORY_IS_READ_EVERY);
    while Instant::now() < until {
        look.tick().await;
        let found = resident(pid)?;
        let counted = if bounds.counts_program { found.now } else { found.anonymous };
        most = most.max(counted);
    }
    Ok(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Latency;

    fn report(before: u64, during: u64, memory: u64, failures: &[&str]) -> AttackReport {
        let probed = |millis: u64, failures: &[&str]| Probed {
            latency: Latency::of(vec![i64::try_from(millis * 1000).unwrap(); 10]),
            failures: failures.iter().map(|text| ((*text).to_owned(), 1)).collect(),
        };
        AttackReport {
            attack: Attack::LargeBodies,
            answers: [(400, 9), (429, 9), (503, 9)].into(),
            probed: [probed(before, &[]), probed(during, failures), probed(1, &[])],
            memory: memory * MEBIBYTE,
        }
    }

    #[test]
    fn every_exceeded_limit_is_reported() {
        let problems = |report: AttackReport| report.problems(Bounds::STRICT).len();
        assert_eq!(problems(report(10, 30, 120, &[])), 0);
        assert_eq!(problems(report(10, 31, 120, &[])), 1);
        assert_eq!(problems(report(1, 10, 120, &[])), 0, "noise");
        assert_eq!(problems(report(10, 30, 121, &[])), 1);
        assert_eq!(problems(report(10, 30, 120, &["503"])), 1);
        let answered = |answers: &[(u16, u64)]| AttackReport {
            answers: answers.iter().copied().collect(),
            ..report(1, 1, 1, &[])
        };
        assert_eq!(problems(answered(&[(400, 1)])), 0);
        assert_eq!(problems(answered(&[(400, 1), (413, 1)])), 1);
        assert_eq!(problems(answered(&[(503, 1)])), 1);
        assert_eq!(report(10, 250, 1, &[]).problems(Bounds::SHORT).len(), 0);
        assert_eq!(report(10, 251, 1, &[]).problems(Bounds::SHORT).len(), 1);
    }
}
