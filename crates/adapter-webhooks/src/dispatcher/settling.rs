//! Writing down what came of attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use users_domain::model::webhooks::NextStep;
use users_domain::ports::{Settlement, SettlementResult};

use super::Shared;
use super::lease::LeaseKey;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What came of a settlement.
pub(super) struct Flushed {
    /// How many deliveries it gives up on.
    pub(super) dead_letters: usize,
    /// Whether it turned the destination off.
    pub(super) disable: bool,
    /// Whether it gave the lane back.
    pub(super) release: bool,
    /// `None`: the store did not take it as long as the lease held.
    pub(super) result: Option<SettlementResult>,
}

/// Tries until the store takes it or the lease as it is now is over, at least once: a renewal does not prolong it, so that
/// a lane whose settlement is refused for ever is not held for ever. `away` is set while the store does not answer.
pub(super) async fn settle(
    shared: Arc<Shared>,
    settlement: Settlement,
    away: Arc<AtomicBool>,
) -> Flushed {
    let key: LeaseKey = (settlement.lane, settlement.epoch);
    let given_up = settlement.attempts.iter();
    let given_up = given_up.filter(|attempt| attempt.next == NextStep::DeadLetter);
    let mut flushed = Flushed {
        dead_letters: given_up.count(),
        disable: settlement.disable.is_some(),
        release: settlement.release,
        result: None,
    };
    let lease_ends = shared.leases.until(key);
    let mut wait = FIRST_WAIT;
    loop {
        match shared.ports.lanes.settle(settlement.clone()).await {
            Ok(result) => {
                away.store(false, Ordering::Relaxed);
                shared.outage.answered();
                flushed.result = Some(result);
                return flushed;
            }
            Err(error) => {
                away.store(true, Ordering::Relaxed);
                shared.outage.failed(&error);
            }
        }
        if lease_ends.is_none_or(|ends| Instant::now() + wait >= ends) {
            return flushed;
        }
        sleep(wait).await;
        wait = (2 * wait).min(LONGEST_WAIT);
    }
}
