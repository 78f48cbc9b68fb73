//! One application attacks the service while another one works: each attack by itself, with what the other one notices of
//! it and the memory of the process.
//!
//! An attack is what a client inside its rights and rate limits can do, or one without a key. Everything stays on this
//! machine and is bounded in time.

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
/// After an attack, before the working application is measured again.
const REST: Duration = Duration::from_secs(2);
/// The statuses of requests that are too many.
const TURNED_AWAY: [u16; 2] = [429, 503];
/// Less is noise of the machine.
const LEAST_P99: Duration = Duration::from_millis(10);

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// During an attack the 99th percentile may be so many times what it was before.
    pub times: u32,
    /// Or this much, if that is more.
    pub at_least: Duration,
    /// One of so many attackers takes part.
    pub one_of: usize,
    /// Whether the pages of the program count as its memory: those of an unoptimised one are many.
    pub counts_program: bool,
}

impl Bounds {
    /// What `just siege` holds the service to.
    pub const STRICT: Self = Self {
        times: 3,
        at_least: LEAST_P99,
        one_of: 1,
        counts_program: true,
    };
    /// What the checks hold an unoptimised build to, on machines that do other things too.
    pub const SHORT: Self = Self {
        times: 3,
        at_least: Duration::from_millis(250),
        one_of: 4,
        counts_program: false,
    };

    fn p99(self, before: Duration) -> Duration {
        (before * self.times).max(self.at_least)
    }
}

/// What one attack did to the working application.
#[derive(Debug, Clone)]
pub struct Endured {
    /// The attack.
    pub attack: Attack,
    /// What the working application noticed before, during and after it.
    pub probed: [Probed; 3],
    /// How many answers of each status the attackers got.
    pub answers: BTreeMap<u16, u64>,
    /// The most resident memory during the attack, in bytes.
    pub memory: u64,
}

impl Endured {
    /// Everything that is not allowed.
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
            problems.push("the working application got no answer".to_owned());
        }
        let expected = self.attack.answers();
        if !expected.is_empty() && !self.answers.keys().any(|status| expected.contains(status)) {
            problems.push("no request of the attackers got as far as it should".to_owned());
        }
        for (status, times) in &self.answers {
            if !expected.contains(status) && !TURNED_AWAY.contains(status) {
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

impl fmt::Display for Endured {
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

/// Carries out one attack, with the working application measured for `phase` before, during and after it.
///
/// # Errors
/// When the attack cannot be carried out.
pub async fn endure(
    target: &Target,
    attack: Attack,
    phase: Duration,
    bounds: Bounds,
) -> Result<Endured, Error> {
    let before = attack.probe().of(target).run(phase).await?;
    let attackers = attack.start(target, bounds.one_of);
    // What is measured is the attack, not its beginning alone.
    sleep(REST).await;
    let (during, memory) = tokio::join!(
        attack.probe().of(target).run(phase),
        most_memory(target.pid(), phase, bounds)
    );
    let answers = attackers.stop().await;
    sleep(REST).await;
    let after = attack.probe().of(target).run(phase).await?;
    Ok(Endured {
        attack,
        probed: [before, during?, after],
        answers,
        memory: memory?,
    })
}

async fn most_memory(pid: Pid, phase: Duration, bounds: Bounds) -> Result<u64, Error> {
    let (until, mut most) = (Instant::now() + phase, 0);
    let mut look = interval(MEMORY_IS_READ_EVERY);
    while Instant::now() < until {
        look.tick().await;
        let found = resident(pid)?;
        let counted = if bounds.counts_program {
            found.now
        } else {
            found.anonymous
        };
        most = most.max(counted);
    }
    Ok(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Latency;

    fn endured(before: u64, during: u64, memory: u64, failures: &[&str]) -> Endured {
        let probed = |millis: u64, failures: &[&str]| Probed {
            latency: Latency::of(vec![i64::try_from(millis * 1000).unwrap(); 10]),
            failures: failures
                .iter()
                .map(|text| ((*text).to_owned(), 1))
                .collect(),
        };
        Endured {
            attack: Attack::LargeBodies,
            answers: [(400, 9), (429, 9), (503, 9)].into(),
            probed: [
                probed(before, &[]),
                probed(during, failures),
                probed(1, &[]),
            ],
            memory: memory * MEBIBYTE,
        }
    }

    #[test]
    fn each_bound_is_held() {
        let problems = |endured: Endured| endured.problems(Bounds::STRICT).len();
        assert_eq!(problems(endured(10, 30, 120, &[])), 0);
        assert_eq!(problems(endured(10, 31, 120, &[])), 1);
        assert_eq!(problems(endured(1, 10, 120, &[])), 0, "noise");
        assert_eq!(problems(endured(10, 30, 121, &[])), 1);
        assert_eq!(problems(endured(10, 30, 120, &["503"])), 1);
        let answered = |answers: &[(u16, u64)]| Endured {
            answers: answers.iter().copied().collect(),
            ..endured(1, 1, 1, &[])
        };
        assert_eq!(problems(answered(&[(400, 1)])), 0);
        assert_eq!(problems(answered(&[(400, 1), (413, 1)])), 1);
        assert_eq!(problems(answered(&[(503, 1)])), 1);
        assert_eq!(endured(10, 250, 1, &[]).problems(Bounds::SHORT).len(), 0);
        assert_eq!(endured(10, 251, 1, &[]).problems(Bounds::SHORT).len(), 1);
    }
}
