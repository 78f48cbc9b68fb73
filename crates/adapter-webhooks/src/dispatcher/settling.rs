//! Writing down what came of attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use users_domain::model::webhooks::NextStep;
use users_domain::ports::{Settlement, SettlementResult};

use super::Shared;

/// For so long it is tried. Longer than a lease: nobody takes the lane over while the store is away.
const TRIED_FOR: Duration = Duration::from_mins(1);

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
    /// `None`: the store did not take it.
    pub(super) result: Option<SettlementResult>,
}

/// Tries until the store takes it, for a while: a lane whose settlement is refused for ever is not held for ever. Once, where
/// the lease is lost. `away` is set while the store does not answer.
pub(super) async fn settle(
    shared: Arc<Shared>,
    settlement: Settlement,
    away: Arc<AtomicBool>,
) -> Flushed {
    let attempts = settlement.attempts.iter();
    let dead_letters = attempts.filter(|attempt| attempt.next == NextStep::DeadLetter);
    let mut flushed = Flushed {
        dead_letters: dead_letters.count(),
        disable: settlement.disable.is_some(),
        release: settlement.release,
        result: None,
    };
    let held = shared.leases.until((settlement.lane, settlement.epoch));
    let given_up = held.map(|_| Instant::now() + TRIED_FOR);
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
        if given_up.is_none_or(|at| Instant::now() + wait >= at) {
            return flushed;
        }
        sleep(wait).await;
        wait = (2 * wait).min(LONGEST_WAIT);
    }
}
