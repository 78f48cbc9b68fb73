//! Everything that happens without being asked for: the only loops of the service. What a round of each does is decided
//! elsewhere (outbox, dispatcher, retention, recoveries); here is when the next round is.

mod adaptive_batch;
mod dispatching;
mod housekeeping;
mod idempotency_cleanup;
mod poll_backoff;
mod recovering;
mod renewing;
mod sequencing;
mod wake;

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{DeliveryMetrics, Dispatcher};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use users_domain::ports::{EventRetention, IdempotencyStore, Outbox, RecoveryStore, SearchUpkeep};

use crate::purging::{self, PurgeParts};

pub use housekeeping::DAYS_AHEAD;
pub use poll_backoff::Polls;
pub use wake::{Wake, WakingUserStore};

/// What the loops work on.
pub struct DeliveryParts {
    /// From changes to deliveries.
    pub outbox: Arc<dyn Outbox>,
    /// From deliveries to receivers.
    pub dispatcher: Arc<Dispatcher>,
    /// From dead letters back to deliveries.
    pub recoveries: Arc<dyn RecoveryStore>,
    /// Searched texts, for making old ones anew.
    pub search: Arc<dyn SearchUpkeep>,
    /// What happens.
    pub metrics: DeliveryMetrics,
    /// Rings when a change was committed in this process.
    pub committed: Wake,
    /// Changes sequenced at a time.
    pub sequence_batch: usize,
    /// How long each loop waits before it looks again.
    pub polls: Polls,
}

/// Loops that run until they are told to stop.
#[derive(Default)]
pub struct Loops {
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Loops {
    /// Delivers from now on.
    pub fn deliver(&mut self, parts: DeliveryParts) {
        let due = Wake::default();
        self.running.spawn(recovering::run(
            parts.recoveries,
            due.clone(),
            self.stop.subscribe(),
        ));
        self.running
            .spawn(renewing::run(parts.search, self.stop.subscribe()));
        let sequencer = sequencing::Sequencer {
            outbox: parts.outbox,
            metrics: parts.metrics,
            committed: parts.committed,
            due: due.clone(),
            batch: parts.sequence_batch,
            polls: parts.polls,
        };
        self.running.spawn(sequencer.run(self.stop.subscribe()));
        self.running.spawn(dispatching::run(
            parts.dispatcher,
            due,
            parts.polls,
            self.stop.subscribe(),
        ));
    }

    /// Erases users whose retention is over from now on.
    pub fn purge(&mut self, parts: PurgeParts) {
        self.running
            .spawn(purging::run(parts, self.stop.subscribe()));
    }

    /// Makes room for events and removes the oldest from now on.
    pub fn keep_house(&mut self, retention: Arc<dyn EventRetention>, keep_days: u32) {
        let stop = self.stop.subscribe();
        self.running
            .spawn(housekeeping::run(retention, keep_days, stop));
    }

    /// Removes kept answers whose time is over from now on.
    pub fn forget(&mut self, claims: Arc<dyn IdempotencyStore>) {
        let stop = self.stop.subscribe();
        self.running.spawn(idempotency_cleanup::run(claims, stop));
    }

    /// Waits until a loop ends by itself, which none should; for ever where none runs.
    pub async fn ended(&mut self) {
        match self.running.join_next().await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::error!(%error, "a loop of delivery ended"),
            None => std::future::pending().await,
        }
    }

    /// Ends the loops: what is under way is finished and written down, for at most so long; what is then left is sent again
    /// by the process that leases its destination next. Whether all was finished.
    pub async fn stop(mut self, grace: Duration) -> bool {
        self.stop.send_replace(true);
        let all = async { while self.running.join_next().await.is_some() {} };
        let finished = timeout(grace, all).await.is_ok();
        if !finished {
            tracing::warn!("delivery did not end in time: what was under way may be sent again");
            self.running.shutdown().await;
        }
        finished
    }
}

/// Waits until the loops are told to stop.
async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // Whoever could tell is gone: that counts as being told.
    let _ = stop.wait_for(|told| *told).await;
}
