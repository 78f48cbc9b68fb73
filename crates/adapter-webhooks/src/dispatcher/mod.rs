//! Sending what is due: leases lanes, works on each until nothing is due, writes down what came of it, gives them back.
//!
//! Owns when an attempt is begun and how acknowledgements are gathered. What an answer means is decided by
//! [`users_domain::rules::webhooks`]; this module must never let an attempt go on after its lease, never hold
//! anything of the database open while it sends, and never compare clocks of two machines: all times are the database's at
//! the lease plus what has passed since by this process's monotonic clock.

mod defer_reason;
mod in_flight;
mod lane_run;
mod lease;
mod notices;
mod outage;
mod settling;
mod shares;
mod slot;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::futures::Notified;
use tokio::sync::watch;
use tokio::task::JoinSet;
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

/// What dispatching stands on.
#[derive(Clone)]
pub struct DispatcherPorts {
    /// What is due.
    pub lanes: Arc<dyn LaneStore>,
    /// Sends.
    pub sender: Arc<dyn WebhookSender>,
    /// Opens the secrets that sign.
    pub vault: Arc<dyn SecretVault>,
    /// Makes attempts' ids, and spreads retries.
    pub entropy: Arc<dyn Entropy>,
}

/// How much at once, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DispatcherLimits {
    /// Lanes in work at once, of one application half of them at most. One that only waits for slow answers does not
    /// count.
    pub lanes: usize,
    /// Attempts under way at once, over all lanes, of one application half of them at most. With fewer than
    /// [`DispatcherLimits::enough_in_flight`], lanes of one application wait for each other sooner.
    pub in_flight: usize,
    /// Due deliveries that are read of a lane at a time.
    pub batch: usize,
    /// How long a lane belongs to this worker, from each lease or renewal on. As long do its lanes wait for another one
    /// when it dies; an attempt that is under way when it cannot be renewed is cut off.
    pub lease: Duration,
    /// How long one attempt may take; the sender keeps to it.
    pub request_timeout: Duration,
    /// How long a lane is worked on before it is given back, so that others get a turn and changes of the destination
    /// (its address, its secrets) are seen.
    pub slice: Duration,
    /// Ended attempts that are written down together, at most.
    pub ack_batch: usize,
    /// How long an ended attempt waits for others to be written down with.
    pub ack_delay: Duration,
}

impl DispatcherLimits {
    /// So many attempts at once that no lane in work waits for another's.
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

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkReport {
    /// Lanes that were worked on.
    pub lanes: usize,
    /// Attempts that delivered.
    pub delivered: usize,
    /// Attempts that failed and are made again.
    pub failed: usize,
    /// Attempts that were the last.
    pub dead_lettered: usize,
    /// Lanes that another worker took meanwhile, or may take before the work is written down.
    pub lost: usize,
}

impl WorkReport {
    /// All attempts.
    #[must_use]
    pub const fn attempts(&self) -> usize {
        self.delivered + self.failed + self.dead_lettered
    }

    fn count(&mut self, outcome: AttemptOutcome) {
        *match outcome {
            AttemptOutcome::Delivered => &mut self.delivered,
            AttemptOutcome::Failed => &mut self.failed,
            AttemptOutcome::DeadLettered => &mut self.dead_lettered,
        } += 1;
    }

    fn add(&mut self, other: Self) {
        self.lanes += other.lanes;
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.dead_lettered += other.dead_lettered;
        self.lost += other.lost;
    }
}

/// What all lanes in work share.
struct Shared {
    ports: DispatcherPorts,
    worker: WorkerId,
    limits: DispatcherLimits,
    metrics: DeliveryMetrics,
    /// Lanes in work.
    places: Arc<Shares>,
    /// Attempts under way.
    attempts: Arc<Shares>,
    leases: Arc<Leases>,
    outage: StoreOutage,
    put_off_log: DeferLog,
    stopping: watch::Sender<bool>,
}

/// Leases lanes and works on them. One per process.
pub struct Dispatcher(Arc<Shared>);

impl Dispatcher {
    /// `worker` must be new at every start of the process.
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
            places: Shares::new(limits.lanes),
            attempts: Shares::new(limits.in_flight),
            leases: Arc::default(),
            outage: StoreOutage::new("lanes"),
            put_off_log: DeferLog::default(),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Whether another lane may be leased now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.0.places.on_offer().0 > 0
    }

    /// Ends when there is more room than at the time of this call.
    pub fn room(&self) -> Notified<'_> {
        self.0.places.freed()
    }

    /// Leases lanes with something due, as far as there is room. Each is worked on by itself, so that one that hangs keeps
    /// nobody waiting. Not to be cancelled: what was leased then waits for the lease to end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lease(&self) -> Result<Vec<LaneRun>, StoreError> {
        let (lanes, except) = self.0.places.on_offer();
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

    /// Leases what is due, as far as there is room, and works on it until each lane is given back.
    ///
    /// # Errors
    /// [`StoreError`], where nothing could be leased.
    pub async fn step(&self) -> Result<WorkReport, StoreError> {
        let mut working: JoinSet<WorkReport> = JoinSet::new();
        for run in self.lease().await? {
            working.spawn(run.run());
        }
        let mut report = WorkReport::default();
        while let Some(ended) = working.join_next().await {
            match ended {
                Ok(done) => report.add(done),
                Err(failed) => {
                    if let Ok(panic) = failed.try_into_panic() {
                        resume_unwind(panic);
                    }
                }
            }
        }
        Ok(report)
    }

    /// From now on no attempt is begun; lanes in work are given back as soon as what is under way is written down.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }
}
