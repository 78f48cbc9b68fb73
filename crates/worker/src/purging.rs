//! The loop that erases users whose retention period has ended. Owns when a run starts, and its metrics and log lines.

mod metrics;

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_webhooks::StoreOutage;
use users_domain::ports::StoreError;
use users_domain::service::{PurgeOutcome, PurgeService};

use crate::stop::Stop;

pub use metrics::PurgeMetrics;

/// Maximum wait after a run that failed, or that another process was doing.
const SOON: Duration = Duration::from_mins(1);

/// The dependencies of the loop.
pub struct PurgeParts {
    /// Erases the users.
    pub service: Arc<PurgeService>,
    /// Counts the runs and the erased users.
    pub metrics: PurgeMetrics,
    /// Time from the end of a run to the start of the next.
    pub period: Duration,
}

/// Runs at once and then once per period until stopped. A stop takes effect between two portions at the latest.
pub(crate) async fn run(parts: PurgeParts, mut stop: Stop) {
    let outage = StoreOutage::new("purge");
    while !stop.is_requested() {
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
        stop.sleep(wait).await;
    }
}

async fn round(parts: &PurgeParts, stop: &Stop) -> Result<PurgeOutcome, StoreError> {
    let began = Instant::now();
    let outcome = parts
        .service
        .run(|portion| {
            parts.metrics.erased(portion.erased);
            !stop.is_requested()
        })
        .await;
    parts.metrics.ended(&outcome);
    let outcome = outcome?;
    if let PurgeOutcome::Finished { receipt: Some(receipt), waiting } = &outcome {
        tracing::info!(
            run = %receipt.id,
            users = receipt.purged.users,
            waiting,
            duration_ms = began.elapsed().as_millis(),
            "erased users whose retention period had ended"
        );
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;
