//! The loop that creates partitions for future days of events and removes expired days.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use users_domain::ports::{EventRetention, StoreError, Swept};

use crate::stop::Stop;

/// Days for which partitions are created in advance, so that events are still stored if no process runs for this long.
pub const DAYS_AHEAD: u32 = 7;

const EVERY: Duration = Duration::from_hours(1);

/// Wait after a round that failed or postponed days.
const SOON: Duration = Duration::from_mins(1);

/// Runs once an hour in every process; a repeated round has no effect.
pub(crate) async fn run(retention: Arc<dyn EventRetention>, keep_days: u32, mut stop: Stop) {
    let outage = StoreOutage::new("retention");
    while !stop.is_requested() {
        // A round may take long; the next one continues an interrupted round.
        let done = tokio::select! {
            () = stop.requested() => return,
            done = round(retention.as_ref(), keep_days) => done,
        };
        let wait = match done {
            Ok(swept) => {
                outage.answered();
                if swept.postponed { SOON } else { EVERY }
            }
            Err(error) => {
                outage.failed(&error);
                SOON
            }
        };
        stop.sleep(wait).await;
    }
}

async fn round(retention: &dyn EventRetention, keep_days: u32) -> Result<Swept, StoreError> {
    retention.create_partitions(DAYS_AHEAD).await?;
    let swept = retention.sweep(keep_days).await?;
    if swept.days > 0 || swept.deliveries > 0 {
        tracing::info!(
            days = swept.days,
            deliveries = swept.deliveries,
            "removed expired events and attempts, and the deliveries that waited for them"
        );
    }
    Ok(swept)
}

#[cfg(test)]
mod tests;
