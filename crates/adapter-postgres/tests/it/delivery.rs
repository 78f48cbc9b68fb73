//! The adapters of delivery and of purges as subjects of the conformance suites.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter_postgres::PgPurgeStore;
use adapter_postgres::testing::TestDatabase;
use async_trait::async_trait;
use testkit::conformance::{
    InspectLanes, InspectPurge, LaneRow, LaneSubject, Obstacle, OutboxSubject, PurgeSubject,
};
use testkit::{PlainEncoder, Tenant, a_user, by_name};
use users_domain::model::ApplicationId;
use users_domain::model::webhooks::{DeliveryOrdering, LaneId};

use crate::scene::{DATA, Scene, rename};
use crate::subject::users_on;
use crate::webhooks::subject_on;

const NO_FLAW: &str = "SELECT";

/// The adapter of lanes, on a new database in which `flaw` was executed.
pub(crate) async fn lanes_with(flaw: &str) -> LaneSubject {
    let scene = Scene::new().await;
    scene.execute(flaw);
    LaneSubject {
        lanes: Arc::new(scene.stores.lanes.clone()),
        inspect: Arc::new(Lanes { scene, tenants: Mutex::default() }),
    }
}

pub(crate) async fn lanes() -> LaneSubject {
    lanes_with(NO_FLAW).await
}

/// The adapter of the outbox, on a new database in which `flaw` was executed.
pub(crate) async fn outbox_with(flaw: &str) -> OutboxSubject {
    let database = Arc::new(TestDatabase::migrated());
    crate::sql::execute(database.owner_url(), flaw).unwrap();
    let [outbox, elsewhere] = [(); 2].map(|()| database.stores(Arc::new(PlainEncoder)).outbox);
    OutboxSubject {
        users: users_on(&database),
        webhooks: subject_on(&database),
        outbox: Arc::new(outbox),
        elsewhere: Arc::new(elsewhere),
    }
}

pub(crate) async fn outbox() -> OutboxSubject {
    outbox_with(NO_FLAW).await
}

/// The adapter of purges, on a new database in which `flaw` was executed.
pub(crate) async fn purge_with(flaw: &str) -> PurgeSubject {
    let scene = Scene::new().await;
    scene.execute(flaw);
    PurgeSubject {
        users: scene.users.clone(),
        purge: Arc::new(PgPurgeStore::new(scene.database.pool())),
        inspect: Arc::new(Purges(scene)),
    }
}

pub(crate) async fn purge() -> PurgeSubject {
    purge_with(NO_FLAW).await
}

/// Each lane belongs to a tenant.
struct Lanes {
    scene: Scene,
    tenants: Mutex<BTreeMap<LaneId, Arc<Tenant>>>,
}

#[async_trait]
impl InspectLanes for Lanes {
    async fn add_lane(&self) -> LaneId {
        let tenant = Tenant::of(&self.scene.users).await;
        let ordering = DeliveryOrdering::PerUser;
        let destination = self.scene.destination_of(tenant.id(), &[DATA], ordering);
        let lane = LaneId::new(self.scene.lane_of(&destination));
        self.tenants.lock().unwrap().insert(lane, Arc::new(tenant));
        lane
    }

    async fn add_event(&self, lane: LaneId, user: &'static str) {
        let tenant = Arc::clone(&self.tenants.lock().unwrap()[&lane]);
        if tenant.find(&by_name(user)).await.is_some() {
            rename(&tenant, user).await;
        } else {
            tenant.has(a_user(user)).await;
        }
        self.scene.sequence().await;
    }

    async fn end_lease(&self, lane: LaneId) {
        self.scene.set_lane(lane.number(), "lease_until = now() - interval '1 millisecond'");
    }

    async fn leased_for(&self, lane: LaneId) -> Duration {
        let millis = self.scene.number(&format!(
            "SELECT greatest(0, extract(epoch FROM coalesce(lease_until, now()) - now()) * 1000)
             FROM webhook_lanes WHERE lane = {}",
            lane.number()
        ));
        Duration::from_millis(millis.try_into().unwrap())
    }

    async fn hold_back(&self, lane: LaneId, obstacle: Option<Obstacle>) {
        let columns = match obstacle {
            None => "disabled_reason = NULL, disabled_at = NULL, paused_until = NULL",
            Some(Obstacle::Disabled) => "disabled_reason = 'gone', disabled_at = now()",
            Some(Obstacle::Paused) => "paused_until = now() + interval '1 hour'",
        };
        self.scene.set_lane(lane.number(), columns);
    }

    async fn row(&self, lane: LaneId) -> LaneRow {
        let of_lane = |column: &str| {
            let expression = format!(
                "SELECT {column} FROM webhook_lanes l
                 LEFT JOIN webhook_dead_letters d USING (application_id, destination_id)
                 WHERE l.lane = {} GROUP BY l.lane, attempts, failures",
                lane.number()
            );
            usize::try_from(self.scene.number(&expression)).unwrap()
        };
        LaneRow {
            waiting: of_lane("(SELECT count(*) FROM webhook_deliveries w WHERE w.lane = l.lane)"),
            dead_letters: of_lane("count(d)"),
            attempts: of_lane("attempts"),
            failures: of_lane("failures"),
        }
    }
}

struct Purges(Scene);

#[async_trait]
impl InspectPurge for Purges {
    async fn queue_events(&self, application: ApplicationId) {
        self.0.destination_of(application, &[DATA], DeliveryOrdering::PerUser);
        self.0.sequence().await;
    }

    async fn deliver_events(&self) {
        self.0.deliver().await;
    }

    async fn rows_with(&self, text: &str) -> usize {
        self.0.dump().iter().filter(|row| row.contains(text)).count()
    }
}
