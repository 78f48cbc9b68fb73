//! Making room for the days to come, and removing those that are too old.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{EventRetention, StoreError};

use super::told_to_stop;

/// Days for which there is room ahead of time: a database that nobody can reach for this long still takes events.
pub const DAYS_AHEAD: u32 = 7;

const EVERY: Duration = Duration::from_hours(1);

/// After a round that failed.
const SOON: Duration = Duration::from_mins(1);

/// Once an hour, in every process; doing it twice does nothing.
pub(super) async fn run(
    retention: Arc<dyn EventRetention>,
    keep_days: u32,
    mut stop: watch::Receiver<bool>,
) {
    let outage = StoreOutage::new("retention");
    while !*stop.borrow() {
        let wait = match round(retention.as_ref(), keep_days).await {
            Ok(()) => {
                outage.answered();
                EVERY
            }
            Err(error) => {
                outage.failed(&error);
                SOON
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = told_to_stop(&mut stop) => {}
        }
    }
}

async fn round(retention: &dyn EventRetention, keep_days: u32) -> Result<(), StoreError> {
    retention.make_room(DAYS_AHEAD).await?;
    let swept = retention.sweep(keep_days).await?;
    if swept.days > 0 || swept.deliveries > 0 {
        tracing::info!(
            days = swept.days,
            deliveries = swept.deliveries,
            "removed events and attempts for their age, and what waited of them"
        );
    }
    Ok(())
}
