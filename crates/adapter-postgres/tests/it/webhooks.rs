//! The webhook adapters as subjects of the conformance suites, with the data that delivery leaves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::testing::{TestDatabase, stored_health};
use async_trait::async_trait;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, SmallInt, Timestamptz, Uuid as SqlUuid};
use testkit::PlainEncoder;
use testkit::conformance::{DeliveryRow, InspectQueue, ShownHealth, WebhookSubject};
use users_domain::model::webhooks::{Attempt, Destination, DisabledReason, LaneHealth};
use users_domain::model::{ApplicationId, EventId, Timestamp, UserEvent};
use users_domain::ports::EventEncoder as _;
use users_domain::rules::webhooks::health::healthy;
use uuid::Uuid;

use crate::sql::{connect, number};

/// The adapters, on a new database.
pub(crate) async fn subject() -> WebhookSubject {
    subject_on(&Arc::new(TestDatabase::migrated()))
}

/// The adapters, on this database.
pub(crate) fn subject_on(database: &Arc<TestDatabase>) -> WebhookSubject {
    let stores = database.stores(Arc::new(PlainEncoder));
    WebhookSubject {
        applications: Arc::new(stores.applications),
        destinations: Arc::new(stores.destinations),
        attempts: Arc::new(stores.attempts),
        recoveries: Arc::new(stores.recoveries),
        queue: Arc::new(Inside(Arc::clone(database))),
    }
}

/// Inspects the database as its owner.
struct Inside(Arc<TestDatabase>);

impl Inside {
    fn owner(&self) -> PgConnection {
        connect(self.0.owner_url())
    }

    fn execute(&self, statements: &str) {
        self.owner().batch_execute(statements).unwrap();
    }
}

/// SQL expression for the lane of a destination.
pub(crate) fn lane_of(owner: &Destination) -> String {
    format!(
        "(SELECT lane FROM webhook_lanes WHERE application_id = '{}' AND destination_id = '{}')",
        owner.application, owner.id
    )
}

#[async_trait]
impl InspectQueue for Inside {
    async fn now(&self) -> Timestamp {
        let micros = "(extract(epoch FROM clock_timestamp()) * 1000000)";
        Timestamp::from_unix_micros(number(&mut self.owner(), micros)).unwrap()
    }

    async fn let_secrets_age(&self, span: Duration) {
        self.execute(&format!(
            "UPDATE webhook_secrets SET signs_until = signs_until - interval '{} milliseconds'",
            span.as_millis()
        ));
    }

    async fn put_event(&self, event: UserEvent) -> Timestamp {
        let encoded = PlainEncoder.encode(&event);
        self.execute(&format!(
            "INSERT INTO events (application_id, id, user_id, sequence, webhook_type, created_at, changed_fields,
                request_id, body, timestamp_offset)
             VALUES ('{}', '{}', '{}', {}, '{}', '{}', '{{}}', '{}', $body${}$body$, {})",
            event.application,
            event.id,
            event.user,
            event.sequence,
            event.payload.webhook_type().as_str(),
            event.created_at,
            event.request_id.as_str(),
            encoded.body,
            encoded.timestamp_offset
        ));
        let recorded = format!(
            "SELECT (extract(epoch FROM recorded_at) * 1000000) FROM events WHERE id = '{}'",
            event.id
        );
        Timestamp::from_unix_micros(number(&mut self.owner(), &format!("({recorded})"))).unwrap()
    }

    async fn delete_events(&self, application: ApplicationId) {
        self.execute(&format!(
            "ALTER TABLE events DISABLE TRIGGER USER;
             DELETE FROM events WHERE application_id = '{application}';
             ALTER TABLE events ENABLE TRIGGER USER"
        ));
    }

    async fn put_delivery(&self, owner: &Destination, row: DeliveryRow) {
        let due = if row.parked { "infinity" } else { "now" };
        self.execute(&format!(
            "INSERT INTO webhook_deliveries
                (lane, queue_seq, order_key, due_at, event_recorded_at, application_id, event_id, attempts_made)
             VALUES ({}, {}, {}, '{due}', '{}', '{}', '{}', {})",
            lane_of(owner),
            row.queue_seq,
            row.order_key,
            row.event_recorded_at,
            owner.application,
            row.event,
            row.attempts_made
        ));
    }

    async fn postpone(&self, owner: &Destination) {
        self.execute(&format!(
            "UPDATE webhook_deliveries SET due_at = now() + interval '1 day' WHERE lane = {} AND due_at < 'infinity'",
            lane_of(owner)
        ));
    }

    async fn postponed(&self, owner: &Destination) -> usize {
        let postponed = format!(
            "(SELECT count(*) FROM webhook_deliveries WHERE lane = {} AND due_at > now() AND due_at < 'infinity')",
            lane_of(owner)
        );
        number(&mut self.owner(), &postponed).try_into().unwrap()
    }

    async fn put_dead_letter(&self, owner: &Destination, row: DeliveryRow, dead_at: Timestamp) {
        self.execute(&format!(
            "INSERT INTO webhook_dead_letters (application_id, destination_id, queue_seq, order_key, event_id,
                event_recorded_at, attempts_made, dead_at)
             VALUES ('{}', '{}', {}, {}, '{}', '{}', {}, '{dead_at}')",
            owner.application,
            owner.id,
            row.queue_seq,
            row.order_key,
            row.event,
            row.event_recorded_at,
            row.attempts_made
        ));
    }

    async fn put_attempt(&self, attempt: Attempt) {
        let next = attempt.next_attempt_at.map_or("NULL".to_owned(), |at| format!("'{at}'"));
        let error =
            attempt.error.map_or("NULL".to_owned(), |error| format!("'{}'", error.as_str()));
        self.execute(&format!(
            "INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id, event_recorded_at,
                next_attempt_at, duration_ms, number, webhook_type, trigger, outcome, error)
             VALUES ('{}', '{}', '{}', '{}', '{}', '{}', {next}, {}, {}, '{}', '{}', '{}', {error})",
            attempt.application,
            attempt.destination,
            attempt.id,
            attempt.created_at,
            attempt.event,
            attempt.event_recorded_at,
            attempt.duration_ms,
            attempt.number,
            attempt.webhook_type,
            attempt.trigger.as_str(),
            attempt.outcome.as_str()
        ));
    }

    async fn set_health(&self, owner: &Destination, shown: ShownHealth) {
        let health = LaneHealth {
            breaker: shown.breaker,
            failing: shown.failing,
            paused_until: shown.paused_until,
            ..healthy()
        };
        let paused = shown.paused_until.map_or("NULL".to_owned(), |until| format!("'{until}'"));
        self.execute(&format!(
            "UPDATE webhook_lanes SET health = '{}', paused_until = {paused} WHERE lane = {}",
            stored_health(&health),
            lane_of(owner)
        ));
    }

    async fn disable(&self, owner: &Destination, reason: DisabledReason) {
        self.execute(&format!(
            "UPDATE webhook_lanes SET disabled_reason = '{}', disabled_at = now() WHERE lane = {}",
            reason.as_str(),
            lane_of(owner)
        ));
    }

    async fn deliveries(&self, owner: &Destination) -> Vec<DeliveryRow> {
        let rows: Vec<Row> = diesel::sql_query(format!(
            "SELECT queue_seq, order_key, event_id, event_recorded_at, attempts_made, due_at = 'infinity' AS parked,
                now() AS dead_at
             FROM webhook_deliveries WHERE lane = {} ORDER BY queue_seq",
            lane_of(owner)
        ))
        .load(&mut self.owner())
        .unwrap();
        rows.into_iter().map(|row| row.shown().0).collect()
    }

    async fn dead_letters(&self, owner: &Destination) -> Vec<(DeliveryRow, Timestamp)> {
        let rows: Vec<Row> = diesel::sql_query(format!(
            "SELECT queue_seq, order_key, event_id, event_recorded_at, attempts_made, false AS parked, dead_at
             FROM webhook_dead_letters WHERE application_id = '{}' AND destination_id = '{}' ORDER BY queue_seq",
            owner.application, owner.id
        ))
        .load(&mut self.owner())
        .unwrap();
        rows.into_iter().map(Row::shown).collect()
    }

    async fn is_awake(&self, owner: &Destination) -> bool {
        let awake = format!(
            "(SELECT count(*) FROM webhook_lanes WHERE lane = {} AND wake_at <= now() AND disabled_reason IS NULL
                AND coalesce(paused_until, now()) <= now() AND coalesce(lease_until, now()) <= now())",
            lane_of(owner)
        );
        number(&mut self.owner(), &awake) == 1
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    queue_seq: i64,
    #[diesel(sql_type = BigInt)]
    order_key: i64,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    event_recorded_at: chrono::DateTime<chrono::Utc>,
    #[diesel(sql_type = SmallInt)]
    attempts_made: i16,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    parked: bool,
    #[diesel(sql_type = Timestamptz)]
    dead_at: chrono::DateTime<chrono::Utc>,
}

impl Row {
    fn shown(self) -> (DeliveryRow, Timestamp) {
        let row = DeliveryRow {
            queue_seq: self.queue_seq,
            order_key: self.order_key,
            event: EventId::new(self.event_id),
            event_recorded_at: Timestamp::from_datetime(self.event_recorded_at),
            attempts_made: self.attempts_made.try_into().unwrap(),
            parked: self.parked,
        };
        (row, Timestamp::from_datetime(self.dead_at))
    }
}
