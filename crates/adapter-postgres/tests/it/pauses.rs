//! Requests about destinations hold locks for which others wait: PostgreSQL ends their transaction if the process pauses
//! between two statements.

use std::sync::OnceLock;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use testkit::{a_destination, a_sealed_secret, run};
use users_domain::model::webhooks::{Destination, DestinationLabel};
use users_domain::ports::{AddDestinationError, DestinationStore as _, StoreError};

use crate::scene::Scene;
use crate::sql::{connect, number, until};

/// Only the statement with this label is delayed: other tests of the process have the same instrumentation.
const LABEL: &str = "added after a pause";

const IDLE: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle in transaction'";

/// Advisory locks that are not those of the session that asks.
const LOCKS: &str = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND granted";

static URL: OnceLock<String> = OnceLock::new();

/// Pauses before the insert until PostgreSQL has ended the transaction.
struct Pausing;

impl Instrumentation for Pausing {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let InstrumentationEvent::StartQuery { query, .. } = event else {
            return;
        };
        let Some(url) = URL.get() else { return };
        if query.to_string().contains(LABEL) {
            let mut other = connect(url);
            assert_eq!((number(&mut other, IDLE), number(&mut other, LOCKS)), (1, 1));
            until(&mut other, IDLE, 0);
            until(&mut other, LOCKS, 0);
        }
    }
}

#[test]
fn a_transaction_that_is_left_idle_is_ended_and_releases_its_locks() {
    assert!(set_default_instrumentation(|| Some(Box::new(Pausing))).is_ok());
    run(async {
        let scene = Scene::new().await;
        assert!(URL.set(scene.database.runtime_url().to_owned()).is_ok());
        let destinations = &scene.stores.destinations;
        let delayed = Destination {
            label: DestinationLabel::from_stored(LABEL.to_owned()),
            ..a_destination(scene.tenant.id())
        };
        let answer = destinations.add(delayed.clone(), a_sealed_secret()).await;
        assert!(
            matches!(&answer, Err(AddDestinationError::Store(StoreError::Unavailable { .. }))),
            "{answer:?}"
        );
        let again = Destination {
            label: DestinationLabel::from_stored("added at once".to_owned()),
            ..delayed
        };
        assert_eq!(destinations.add(again, a_sealed_secret()).await, Ok(()));
    });
}
