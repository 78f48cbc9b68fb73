//! The loop that turns changes into deliveries.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{DeliveryMetrics, StoreOutage};
use tokio::time::sleep;
use users_domain::ports::{Outbox, Sequenced};

use crate::adaptive_batch::AdaptiveBatch;
use crate::poll_backoff::{PollBackoff, Polls};
use crate::{stop::Stop, wake::Wake};

/// Minimum time between two rounds with less than a full batch: changes that are committed meanwhile share a round.
const GATHERING: Duration = Duration::from_millis(5);

pub(crate) struct Sequencer {
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) metrics: DeliveryMetrics,
    /// Notified when there are changes.
    pub(crate) committed: Wake,
    /// Notifies the dispatcher of deliveries.
    pub(crate) due: Wake,
    pub(crate) batch: usize,
    pub(crate) polls: Polls,
}

#[derive(PartialEq, Eq)]
enum Next {
    /// There are more changes already.
    AtOnce,
    /// After a notification, or after the poll wait.
    WhenNotified,
    /// Only after the poll wait.
    Later,
}

impl Sequencer {
    pub(crate) async fn run(self, mut stop: Stop) {
        let outage = StoreOutage::new("outbox");
        let mut pace = PollBackoff::new(self.polls);
        let mut portion = AdaptiveBatch::of(self.batch);
        while !stop.is_requested() {
            let next = self.round(&mut pace, &mut portion, &outage).await;
            if next == Next::AtOnce {
                continue;
            }
            let notified = async {
                sleep(GATHERING).await;
                if next == Next::Later {
                    std::future::pending::<()>().await;
                }
                self.committed.notified().await;
            };
            tokio::select! {
                () = notified => {}
                () = sleep(pace.wait().max(GATHERING)) => {}
                () = stop.requested() => {}
            }
        }
    }

    async fn round(
        &self,
        pace: &mut PollBackoff,
        portion: &mut AdaptiveBatch,
        outage: &StoreOutage,
    ) -> Next {
        let size = portion.size();
        match self.outbox.sequence(size).await {
            Ok(sequenced) => {
                outage.answered();
                portion.succeeded();
                match sequenced {
                    // The other process's round lacks changes that were committed after its read.
                    Sequenced::Elsewhere => {
                        pace.found();
                        Next::WhenNotified
                    }
                    Sequenced::Done { changes: 0, .. } => {
                        pace.found_nothing();
                        Next::WhenNotified
                    }
                    Sequenced::Done { changes, deliveries } => {
                        self.metrics.sequenced(changes, deliveries);
                        pace.found();
                        if deliveries > 0 {
                            self.due.notify();
                        }
                        if changes >= size { Next::AtOnce } else { Next::WhenNotified }
                    }
                }
            }
            Err(error) => {
                outage.failed(&error);
                portion.failed();
                pace.failed();
                Next::Later
            }
        }
    }
}

#[cfg(test)]
mod tests;
