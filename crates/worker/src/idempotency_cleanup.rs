//! The loop that removes expired stored responses of idempotent requests.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use users_domain::ports::{IdempotencyStore, StoreError};

use crate::stop::Stop;

/// Short, as responses expire as steadily as their requests arrived.
const EVERY: Duration = Duration::from_mins(1);

/// Maximum number of responses that one transaction removes.
const PORTION: usize = 1_000;

/// Maximum number of portions per round; the next round continues.
const MOST_PORTIONS: usize = 100;

/// Runs in every process; concurrent rounds share the work.
pub(crate) async fn run(claims: Arc<dyn IdempotencyStore>, mut stop: Stop) {
    let outage = StoreOutage::new("idempotency records");
    while !stop.is_requested() {
        let done = tokio::select! {
            () = stop.requested() => return,
            done = round(claims.as_ref()) => done,
        };
        match done {
            Ok(()) => outage.answered(),
            Err(error) => outage.failed(&error),
        }
        stop.sleep(EVERY).await;
    }
}

async fn round(claims: &dyn IdempotencyStore) -> Result<(), StoreError> {
    for _ in 0..MOST_PORTIONS {
        if claims.remove_expired(PORTION).await? < PORTION {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
