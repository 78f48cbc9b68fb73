//! Stores the results of attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use users_domain::ports::{Settlement, SettlementResult};

use super::Shared;

/// How long a settlement is retried. Longer than a lease: no other worker can take over the lane while the store is
/// unavailable.
const RETRY_FOR: Duration = Duration::from_mins(1);

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Retries until the store accepts the settlement, for at most [`RETRY_FOR`], so that a permanently refused settlement
/// does not hold its lane forever. If the lease is lost, tries once. Sets `unavailable` while the store does not respond.
/// Returns the settlement, and its result if the store accepted it.
pub(super) async fn settle(
    shared: Arc<Shared>,
    settlement: Settlement,
    unavailable: Arc<AtomicBool>,
) -> (Settlement, Option<SettlementResult>) {
    let held = shared.leases.until((settlement.lane, settlement.epoch));
    let given_up = held.map(|_| Instant::now() + RETRY_FOR);
    let mut wait = FIRST_WAIT;
    loop {
        match shared.ports.lanes.settle(settlement.clone()).await {
            Ok(result) => {
                unavailable.store(false, Ordering::Relaxed);
                shared.outage.answered();
                return (settlement, Some(result));
            }
            Err(error) => {
                unavailable.store(true, Ordering::Relaxed);
                shared.outage.failed(&error);
            }
        }
        if given_up.is_none_or(|at| Instant::now() + wait >= at) {
            return (settlement, None);
        }
        sleep(wait).await;
        wait = (2 * wait).min(LONGEST_WAIT);
    }
}
