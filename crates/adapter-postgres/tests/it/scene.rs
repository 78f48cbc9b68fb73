//! A database with an application, users and destinations, for tests of delivery.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::sync::Arc;

use adapter_postgres::testing::{PgStores, TestDatabase};
use diesel::PgConnection;
use testkit::conformance::UserStoreSubject;
use testkit::{
    MANY, PlainEncoder, Tenant, a_destination, a_lease_request, a_sealed_secret, a_user, base_time,
    by_name, display_name, subscriptions, unique_seed,
};
use users_domain::model::webhooks::{DeliveryOrdering, Destination};
use users_domain::model::{ApplicationId, random_uuid};
use users_domain::ports::{
    LaneStore as _, LeasedLane, Outbox as _, Sequenced, Settlement, SettlementResult,
};
use users_domain::rules::{Patch, UpdateUser};

use crate::sql::{connect, execute, lines, number};
use crate::subject::users_on;

pub(crate) const DATA: &str = "user.data.updated";
pub(crate) const STATUS: &str = "user.status.updated";

pub(crate) struct Scene {
    pub(crate) database: Arc<TestDatabase>,
    pub(crate) stores: PgStores,
    pub(crate) users: UserStoreSubject,
    pub(crate) tenant: Tenant,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let database = Arc::new(TestDatabase::migrated());
        let users = users_on(&database);
        let scene = Self {
            stores: database.stores(Arc::new(PlainEncoder)),
            tenant: Tenant::of(&users).await,
            users,
            database,
        };
        // Deleted users may be erased at once.
        scene.execute("UPDATE applications SET retention_days = 0");
        scene
    }

    pub(crate) fn owner(&self) -> PgConnection {
        connect(self.database.owner_url())
    }

    pub(crate) fn execute(&self, statements: &str) {
        execute(self.database.owner_url(), statements).unwrap();
    }

    pub(crate) fn lines(&self, query: &str) -> Vec<String> {
        lines(&mut self.owner(), query)
    }

    pub(crate) fn number(&self, expression: &str) -> i64 {
        number(&mut self.owner(), expression)
    }

    /// Adds a destination of the scene's application.
    pub(crate) fn destination(&self, events: &[&str], ordering: DeliveryOrdering) -> Destination {
        self.destination_of(self.tenant.id(), events, ordering)
    }

    /// Adds a destination of any application.
    pub(crate) fn destination_of(
        &self,
        application: ApplicationId,
        events: &[&str],
        ordering: DeliveryOrdering,
    ) -> Destination {
        let destination = Destination {
            subscriptions: subscriptions(events),
            ordering,
            ..a_destination(application)
        };
        let mut secret = String::new();
        for byte in a_sealed_secret().as_bytes() {
            write!(secret, "{byte:02x}").unwrap();
        }
        let id = destination.id;
        self.execute(&format!(
            "INSERT INTO webhook_destinations VALUES ('{application}', '{id}', 'Test', '{url}', 'v3', '{{{events}}}',
                '{ordering}', now(), now());
             INSERT INTO webhook_secrets (application_id, destination_id, sealed)
             VALUES ('{application}', '{id}', '\\x{secret}');
             INSERT INTO webhook_lanes (application_id, destination_id) VALUES ('{application}', '{id}')",
            url = destination.url.as_str(),
            events = events.join(","),
            ordering = ordering.as_str(),
        ));
        destination
    }

    pub(crate) fn lane_of(&self, destination: &Destination) -> i64 {
        let id = destination.id;
        self.number(&format!("SELECT lane FROM webhook_lanes WHERE destination_id = '{id}'"))
    }

    pub(crate) fn set_lane(&self, lane: i64, columns: &str) {
        self.execute(&format!("UPDATE webhook_lanes SET {columns} WHERE lane = {lane}"));
    }

    /// Creates users with these names: one event each.
    pub(crate) async fn create(&self, names: &[&str]) {
        for name in names {
            self.tenant.has(a_user(name)).await;
        }
    }

    /// Renames a user this many times: one event each.
    pub(crate) async fn rename(&self, name: &str, times: usize) {
        for _ in 0..times {
            rename(&self.tenant, name).await;
        }
    }

    /// Every row of every table, including partitions, as text.
    pub(crate) fn dump(&self) -> Vec<String> {
        let tables = self.lines(
            "SELECT relname::text AS line FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
        );
        let rows = |table: &String| {
            self.lines(&format!("SELECT '{table}: ' || t::text AS line FROM {table} t ORDER BY 1"))
        };
        tables.iter().flat_map(rows).collect()
    }

    /// Sequences all waiting changes. Returns the number of changes and of deliveries.
    pub(crate) async fn sequence(&self) -> (usize, usize) {
        match self.stores.outbox.sequence(MANY).await.unwrap() {
            Sequenced::Done { changes, deliveries } => (changes, deliveries),
            Sequenced::Elsewhere => panic!("no other process is sequencing"),
        }
    }

    /// Sequences all changes and deletes the deliveries.
    pub(crate) async fn deliver(&self) {
        self.sequence().await;
        self.execute("DELETE FROM webhook_deliveries");
    }

    /// Leases all available lanes for a new worker.
    pub(crate) async fn lease(&self) -> Vec<LeasedLane> {
        self.stores.lanes.lease(a_lease_request()).await.unwrap()
    }

    /// Leases the only available lane.
    pub(crate) async fn lease_one(&self) -> LeasedLane {
        let mut lanes = self.lease().await;
        assert_eq!(lanes.len(), 1, "{lanes:?}");
        lanes.remove(0)
    }

    /// Creates users with these names and leases the only lane, which has their events.
    pub(crate) async fn leased(&self, names: &[&str]) -> LeasedLane {
        self.create(names).await;
        self.sequence().await;
        self.lease_one().await
    }

    pub(crate) async fn settle(&self, settlement: Settlement) -> SettlementResult {
        self.stores.lanes.settle(settlement).await.unwrap()
    }

    /// Ends the lease of a lane now.
    pub(crate) fn end_lease(&self, lane: &LeasedLane) {
        self.set_lane(lane.lane.number(), "lease_until = now() - interval '1 millisecond'");
    }
}

/// Gives a user another display name.
pub(crate) async fn rename(tenant: &Tenant, name: &str) {
    let new = random_uuid(base_time(), unique_seed()).to_string();
    let edit = UpdateUser { display_name: Patch::Set(display_name(&new)), ..UpdateUser::default() };
    assert!(tenant.write(tenant.update(by_name(name), edit)).await.unwrap().changed);
}
