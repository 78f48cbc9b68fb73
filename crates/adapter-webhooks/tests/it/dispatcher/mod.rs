//! The dispatcher with in-memory lanes and a fake sender, in virtual time.

mod acknowledgements;
mod fake_lanes;
mod fake_sender;
mod held_back;
mod leases;
mod order;
mod shares;

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{
    DeliveryMetrics, Dispatcher, DispatcherLimits, DispatcherPorts, WorkReport,
};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use testkit::CountingEntropy;
use tokio::task::JoinSet;
use users_domain::model::webhooks::{LaneId, SealedSecret, WebhookSecret};
use users_domain::model::{DestinationId, WorkerId};
use users_domain::ports::{SecretVault, VaultError};
use uuid::Uuid;

use fake_lanes::FakeLanes;
use fake_sender::FakeSender;

/// Opens the secret `0` and no other.
struct FakeVault;

impl SecretVault for FakeVault {
    fn seal(&self, _: &WebhookSecret, _: DestinationId) -> Result<SealedSecret, VaultError> {
        Err(VaultError::NotSealed)
    }

    fn open(&self, sealed: &SealedSecret, _: DestinationId) -> Result<WebhookSecret, VaultError> {
        match sealed.as_bytes() {
            [0] => Ok(WebhookSecret::from_bytes([7; 32])),
            _ => Err(VaultError::NotOurs),
        }
    }

    fn is_current(&self, _: &SealedSecret) -> bool {
        true
    }
}

/// A dispatcher and its fakes.
struct Scene {
    lanes: Arc<FakeLanes>,
    sender: Arc<FakeSender>,
    dispatcher: Arc<Dispatcher>,
    registry: Registry,
}

impl Scene {
    fn new(sender: FakeSender) -> Self {
        Self::with_limits(sender, DispatcherLimits::default())
    }

    fn with_limits(sender: FakeSender, limits: DispatcherLimits) -> Self {
        let (lanes, sender) = (Arc::new(FakeLanes::new()), Arc::new(sender));
        let ports = DispatcherPorts {
            lanes: Arc::clone(&lanes) as _,
            sender: Arc::clone(&sender) as _,
            vault: Arc::new(FakeVault),
            entropy: Arc::new(CountingEntropy::default()),
        };
        let mut registry = Registry::default();
        let metrics = DeliveryMetrics::registered(&mut registry);
        let worker = WorkerId::new(Uuid::from_u128(9));
        Self {
            lanes,
            sender,
            dispatcher: Arc::new(Dispatcher::new(ports, worker, limits, metrics)),
            registry,
        }
    }

    /// Adds one lane.
    fn and_a_lane(self) -> (Self, LaneId) {
        let lane = self.lanes.add_lane();
        (self, lane)
    }

    /// Adds one lane with this number of due deliveries.
    fn with_due(self, count: usize) -> (Self, LaneId) {
        let (scene, lane) = self.and_a_lane();
        scene.lanes.add_many(lane, count);
        (scene, lane)
    }

    /// Leases due lanes and works on them until each is released.
    async fn step(&self) -> WorkReport {
        let mut working = JoinSet::new();
        for run in self.dispatcher.lease().await.unwrap() {
            working.spawn(run.run());
        }
        total(working.join_all().await)
    }

    /// Steps until no lane has anything due.
    async fn until_idle(&self) -> WorkReport {
        let mut reports = Vec::new();
        for _ in 0..1_000 {
            let report = self.step().await;
            if report.lanes == 0 {
                return total(reports);
            }
            reports.push(report);
        }
        panic!("there is always something due")
    }

    fn metric(&self, name: &str) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
    }
}

fn total(reports: Vec<WorkReport>) -> WorkReport {
    let mut total = WorkReport::default();
    for report in reports {
        total.lanes += report.lanes;
        total.delivered += report.delivered;
        total.failed += report.failed;
        total.dead_lettered += report.dead_lettered;
        total.lost += report.lost;
    }
    total
}

fn attempts(report: &WorkReport) -> usize {
    report.delivered + report.failed + report.dead_lettered
}

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
