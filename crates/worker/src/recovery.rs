//! The loop that turns dead letters back into deliveries at a client's request.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use users_domain::ports::RecoveryStore;

use crate::poll_backoff::{PollBackoff, Polls};
use crate::{stop::Stop, wake::Wake};

/// Maximum number of dead letters recovered per transaction.
const PORTION: usize = 200;

/// Slower than delivery, as recoveries are not urgent.
const POLLS: Polls =
    Polls { shortest: Duration::from_millis(100), longest: Duration::from_secs(2) };

/// Advances recoveries portion by portion, and notifies `due` when deliveries became due.
pub(crate) async fn run(recoveries: Arc<dyn RecoveryStore>, due: Wake, mut stop: Stop) {
    let outage = StoreOutage::new("recoveries");
    let mut pace = PollBackoff::new(POLLS);
    while !stop.is_requested() {
        match recoveries.advance(PORTION).await {
            Ok(count) => {
                outage.answered();
                if count > 0 {
                    due.notify();
                    pace.found();
                } else {
                    pace.found_nothing();
                }
            }
            Err(error) => {
                outage.failed(&error);
                pace.failed();
            }
        }
        stop.sleep(pace.wait()).await;
    }
}

#[cfg(test)]
mod tests;
