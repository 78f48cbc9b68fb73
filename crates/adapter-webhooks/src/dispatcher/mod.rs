//! The dispatcher: leases lanes, sends their due deliveries, stores the results and releases the lanes.
//!
//! Owns when an attempt begins and how acknowledgements are collected. [`users_domain::rules::webhooks`] decides what
//! an answer means. This module must never let an attempt outlast its lease, never hold a database resource while it
//! sends, and never compare clocks of two machines: every time is the database's time at the lease plus the time
//! elapsed on this process's monotonic clock.

mod defer_reason;
mod in_flight;
mod lane_run;
mod lease;
mod notices;
mod outage;
mod settling;
mod shares;
mod slot;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::futures::Notified;
use tokio::sync::watch;
use tokio::time::Instant;
use users_domain::model::WorkerId;
use users_domain::model::webhooks::AttemptOutcome;
use users_domain::ports::{
    Entropy, LaneStore, LeaseRequest, SecretVault, StoreError, WebhookSender,
};
use users_domain::rules::webhooks::health::MOST_AT_ONCE;

pub use lane_run::LaneRun;
pub use outage::StoreOutage;

use crate::metrics::DeliveryMetrics;
use defer_reason::DeferLog;
use lease::Leases;
use shares::Shares;

pub(crate) use defer_reason::DeferReason;

/// The ports that a dispatcher uses.
#[derive(Clone)]
pub struct DispatcherPorts {
    /// Store of lanes and due deliveries.
    pub lanes: Arc<dyn LaneStore>,
    /// Sends webhooks.
    pub sender: Arc<dyn WebhookSender>,
    /// Opens the signing secrets.
    pub vault: Arc<dyn SecretVault>,
    /// Source of attempt ids and of retry jitter.
    pub entropy: Arc<dyn Entropy>,
}

/// Limits on concurrency, batches and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DispatcherLimits {
    /// Lanes in work at once; one application gets at most half of them. A lane that only waits for slow answers does
    /// not count.
    pub lanes: usize,
    /// Attempts in flight at once over all lanes; one application gets at most half of them. Below
    /// [`DispatcherLimits::enough_in_flight`], lanes of one application wait for each other sooner.
    pub in_flight: usize,
    /// Due deliveries read from a lane at a time.
    pub batch: usize,
    /// Duration of a lease, counted from each lease or renewal. If the worker dies, its lanes wait this long for
    /// another worker; an attempt in flight is cut off when its lease cannot be renewed.
    pub lease: Duration,
    /// Time limit of one attempt; the sender enforces it.
    pub request_timeout: Duration,
    /// How long a lane is worked on before it is released, so that other lanes get a turn and changes to the
    /// destination (its address, its secrets) take effect.
    pub slice: Duration,
    /// Maximum number of finished attempts stored together.
    pub ack_batch: usize,
    /// How long a finished attempt waits to be stored together with others.
    pub ack_delay: Duration,
}

impl DispatcherLimits {
    /// Number of attempts at which no lane in work waits for another lane's attempts.
    #[must_use]
    pub fn enough_in_flight(lanes: usize) -> usize {
        let each = usize::try_from(MOST_AT_ONCE).unwrap_or(usize::MAX);
        lanes.saturating_mul(each)
    }
}

impl Default for DispatcherLimits {
    fn default() -> Self {
        Self {
            lanes: 48,
            in_flight: 384,
            batch: 64,
            lease: Duration::from_secs(15),
            request_timeout: Duration::from_secs(15),
            slice: Duration::from_secs(10),
            ack_batch: 64,
            ack_delay: Duration::from_millis(20),
        }
    }
}

/// Counts of completed work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkReport {
    /// Lanes that were worked on.
    pub lanes: usize,
    /// Attempts that delivered.
    pub delivered: usize,
    /// Attempts that failed and will be retried.
    pub failed: usize,
    /// Attempts that failed and were the last of their delivery.
    pub dead_lettered: usize,
    /// Lanes that another worker took, or may take before the work is stored.
    pub lost: usize,
}

impl WorkReport {
    fn count(&mut self, outcome: AttemptOutcome) {
        *match outcome {
            AttemptOutcome::Delivered => &mut self.delivered,
            AttemptOutcome::Failed => &mut self.failed,
            AttemptOutcome::DeadLettered => &mut self.dead_lettered,
        } += 1;
    }
}

/// State shared by all lanes in work.
struct Shared {
    ports: DispatcherPorts,
    worker: WorkerId,
    limits: DispatcherLimits,
    metrics: DeliveryMetrics,
    lane_permits: Arc<Shares>,
    attempt_permits: Arc<Shares>,
    leases: Arc<Leases>,
    outage: StoreOutage,
    defer_log: DeferLog,
    stopping: watch::Sender<bool>,
}

/// Leases lanes and works on them. One per process.
pub struct Dispatcher(Arc<Shared>);

impl Dispatcher {
    /// Creates a dispatcher. `worker` must be new at every start of the process.
    #[must_use]
    pub fn new(
        ports: DispatcherPorts,
        worker: WorkerId,
        limits: DispatcherLimits,
        metrics: DeliveryMetrics,
    ) -> Self {
        Self(Arc::new(Shared {
            ports,
            worker,
            limits,
            metrics,
            lane_permits: Shares::new(limits.lanes),
            attempt_permits: Shares::new(limits.in_flight),
            leases: Arc::default(),
            outage: StoreOutage::new("lanes"),
            defer_log: DeferLog::default(),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Whether another lane can be leased now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.0.lane_permits.on_offer().0 > 0
    }

    /// Completes when a permit for a lane is released after this call.
    pub fn room(&self) -> Notified<'_> {
        self.0.lane_permits.freed()
    }

    /// Leases lanes with due deliveries, within the free permits. Each lane runs independently, so that a hanging lane
    /// delays no other. Do not cancel this future: lanes leased by a cancelled call stay leased until the lease
    /// expires.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    pub async fn lease(&self) -> Result<Vec<LaneRun>, StoreError> {
        let (lanes, except) = self.0.lane_permits.on_offer();
        if lanes == 0 {
            return Ok(Vec::new());
        }
        let asked_at = Instant::now();
        let request = LeaseRequest {
            worker: self.0.worker,
            held: self.0.leases.lanes(),
            except,
            lanes,
            deliveries_per_lane: self.0.limits.batch,
            lease: self.0.limits.lease,
        };
        let leased = self.0.ports.lanes.lease(request).await?;
        let run = |lane| LaneRun::new(&self.0, lane, asked_at);
        Ok(leased.into_iter().map(run).collect())
    }

    /// Begins no further attempts; lanes in work are released as soon as their attempts in flight are stored.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }
}
