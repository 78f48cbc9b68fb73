//! The running loops: their start, their unexpected end and their stop.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{DeliveryMetrics, Dispatcher};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use users_domain::ports::{EventRetention, IdempotencyStore, Outbox, RecoveryStore, SearchUpkeep};

use crate::poll_backoff::Polls;
use crate::purging::{self, PurgeParts};
use crate::sequencing::Sequencer;
use crate::stop::Stop;
use crate::wake::Wake;
use crate::{dispatching, event_retention, idempotency_cleanup, recovery, search_upkeep};

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
    /// Starts the loops of delivery.
    pub fn deliver(&mut self, parts: DeliveryParts) {
        let due = Wake::default();
        let recovering = recovery::run(parts.recoveries, due.clone(), self.stop_request());
        self.running.spawn(recovering);
        let renewing = search_upkeep::run(parts.search, self.stop_request());
        self.running.spawn(renewing);
        let sequencer = Sequencer {
            outbox: parts.outbox,
            metrics: parts.metrics,
            committed: parts.committed,
            due: due.clone(),
            batch: parts.sequence_batch,
            polls: parts.polls,
        };
        self.running.spawn(sequencer.run(self.stop_request()));
        let dispatching = dispatching::run(parts.dispatcher, due, parts.polls, self.stop_request());
        self.running.spawn(dispatching);
    }

    /// Starts the loop that erases users whose retention period has ended.
    pub fn purge(&mut self, parts: PurgeParts) {
        self.running.spawn(purging::run(parts, self.stop_request()));
    }

    /// Starts the loop that creates partitions for events and removes those that are older than `keep_days`.
    pub fn maintain_retention(&mut self, retention: Arc<dyn EventRetention>, keep_days: u32) {
        let maintaining = event_retention::run(retention, keep_days, self.stop_request());
        self.running.spawn(maintaining);
    }

    /// Starts the loop that removes expired stored responses.
    pub fn clean_up_idempotency(&mut self, responses: Arc<dyn IdempotencyStore>) {
        let cleaning_up = idempotency_cleanup::run(responses, self.stop_request());
        self.running.spawn(cleaning_up);
    }

    /// Waits until a loop ends unexpectedly; forever if no loop runs.
    pub async fn ended(&mut self) {
        match self.running.join_next().await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::error!(%error, "a background loop ended"),
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
            tracing::warn!(
                "the background loops did not end in time: deliveries under way may be sent again"
            );
            self.running.shutdown().await;
        }
        finished
    }

    fn stop_request(&self) -> Stop {
        Stop::new(self.stop.subscribe())
    }
}
