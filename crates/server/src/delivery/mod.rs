//! The background loops of the service. Owns when a loop runs its next round; the outbox, the dispatcher, the retention
//! and the recoveries own what a round does.

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

/// The dependencies of the delivery loops.
pub struct DeliveryParts {
    /// Turns changes into deliveries.
    pub outbox: Arc<dyn Outbox>,
    /// Sends deliveries to receivers.
    pub dispatcher: Arc<Dispatcher>,
    /// Turns dead letters back into deliveries.
    pub recoveries: Arc<dyn RecoveryStore>,
    /// Renews outdated search texts.
    pub search: Arc<dyn SearchUpkeep>,
    /// Counts deliveries.
    pub metrics: DeliveryMetrics,
    /// Notified when this process commits a change.
    pub committed: Wake,
    /// Maximum number of changes sequenced at a time.
    pub sequence_batch: usize,
    /// Waits between two polls of a loop.
    pub polls: Polls,
}

/// Background loops that run until they are stopped.
#[derive(Default)]
pub struct Loops {
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Loops {
    /// Starts the delivery loops.
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

    /// Starts the loop that erases users whose retention period has ended.
    pub fn purge(&mut self, parts: PurgeParts) {
        self.running
            .spawn(purging::run(parts, self.stop.subscribe()));
    }

    /// Starts the loop that creates partitions for events and removes the oldest.
    pub fn maintain_retention(&mut self, retention: Arc<dyn EventRetention>, keep_days: u32) {
        let stop = self.stop.subscribe();
        self.running
            .spawn(housekeeping::run(retention, keep_days, stop));
    }

    /// Starts the loop that removes expired stored responses.
    pub fn clean_up_idempotency(&mut self, claims: Arc<dyn IdempotencyStore>) {
        let stop = self.stop.subscribe();
        self.running.spawn(idempotency_cleanup::run(claims, stop));
    }

    /// Waits until a loop ends unexpectedly; forever if no loop runs.
    pub async fn ended(&mut self) {
        match self.running.join_next().await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::error!(%error, "a loop of delivery ended"),
            None => std::future::pending().await,
        }
    }

    /// Stops the loops. Work in progress may finish and store its results within `grace`; the process that leases the
    /// destination next sends the rest again. Returns whether all work finished.
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

/// Waits until the loops must stop.
async fn stop_requested(stop: &mut watch::Receiver<bool>) {
    // A dropped sender counts as a stop request.
    let _ = stop.wait_for(|stopped| *stopped).await;
}
