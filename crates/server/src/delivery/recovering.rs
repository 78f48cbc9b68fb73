//! Putting dead letters back where somebody asked for it.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::RecoveryStore;

use super::pace::{Pace, Polls};
use super::{Wake, told_to_stop};

/// Dead letters put back in one transaction.
const PORTION: usize = 200;

/// Nobody waits for a recovery by the second.
const POLLS: Polls = Polls {
    shortest: Duration::from_millis(100),
    longest: Duration::from_secs(2),
};

/// Advances recoveries portion by portion, and rings when something became due.
pub(super) async fn run(
    recoveries: Arc<dyn RecoveryStore>,
    due: Wake,
    mut stop: watch::Receiver<bool>,
) {
    let outage = StoreOutage::new("recoveries");
    let mut pace = Pace::new(POLLS);
    while !*stop.borrow() {
        match recoveries.advance(PORTION).await {
            Ok(count) => {
                outage.answered();
                if count > 0 {
                    due.ring();
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
        tokio::select! {
            () = sleep(pace.wait()) => {}
            () = told_to_stop(&mut stop) => {}
        }
    }
}
