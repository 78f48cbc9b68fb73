//! Erasing users whose retention is over, now and then: when the next run is, and what is told of it. What a run does is
//! decided elsewhere.

mod metrics;

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::StoreError;
use users_domain::service::{PurgeOutcome, PurgeService};

pub use metrics::PurgeMetrics;

/// After a run that failed, or that was another process's.
const SOON: Duration = Duration::from_mins(1);

/// What the loop works on.
pub struct PurgeParts {
    /// Erases.
    pub service: Arc<PurgeService>,
    /// What happens.
    pub metrics: PurgeMetrics,
    /// How long after a run the next one begins.
    pub period: Duration,
}

/// Runs at once and then once in a period, until told to stop: between two portions at the latest.
pub async fn run(parts: PurgeParts, mut stop: watch::Receiver<bool>) {
    let outage = StoreOutage::new("purge");
    while !*stop.borrow() {
        let wait = match round(&parts, &stop).await {
            Ok(PurgeOutcome::Busy) => SOON.min(parts.period),
            Ok(_) => {
                outage.answered();
                parts.period
            }
            Err(error) => {
                outage.failed(&error);
                SOON.min(parts.period)
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            // Whoever could tell is gone: that counts as being told.
            _ = stop.wait_for(|told| *told) => {}
        }
    }
}

async fn round(
    parts: &PurgeParts,
    stop: &watch::Receiver<bool>,
) -> Result<PurgeOutcome, StoreError> {
    let began = Instant::now();
    let outcome = parts
        .service
        .run(|portion| {
            parts.metrics.erased(portion.erased);
            !*stop.borrow()
        })
        .await;
    parts.metrics.ended(&outcome);
    let outcome = outcome?;
    if let PurgeOutcome::Finished {
        receipt: Some(receipt),
        waiting,
    } = &outcome
    {
        tracing::info!(
            run = %receipt.id,
            users = receipt.purged.users,
            waiting,
            duration_ms = began.elapsed().as_millis(),
            "erased users whose retention was over"
        );
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;
