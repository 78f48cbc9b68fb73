//! The counts used for estimates always match the undeleted users.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use testkit::strategies::{Step, known_vendor_data, step};
use testkit::{Tenant, a_risk_report, a_session_report, a_user, by_name, for_all, run, to_status};
use users_domain::model::evidence::{RiskKind, SessionStatus};
use users_domain::model::{UserStatus, VendorData};
use users_domain::ports::{Outbox as _, Sequenced, WrongUserCount};

use crate::purge::Purging;
use crate::scene::Scene;

/// The stored counts of all applications.
const STORED: &str =
    "SELECT format('%s %s %s', application_id, status, users) AS line FROM user_counts
    WHERE users > 0 ORDER BY 1";

/// The expected counts.
const EXPECTED: &str =
    "SELECT format('%s %s %s', application_id, status, count(*)) AS line FROM users
    WHERE deleted_at IS NULL GROUP BY application_id, status ORDER BY 1";

/// An event in the life of users.
#[derive(Debug, Clone)]
enum Event {
    /// One call.
    Steps(Vec<Step>),
    /// Restores the most recently deleted user with this name.
    Restored(VendorData),
    /// A session report that creates the user if it does not exist.
    Reported(VendorData),
    /// A blocklist hit.
    Blocked(VendorData),
    /// A round of the sequencer with at most this many changes.
    Sequenced(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => vec(step(), 1..4).prop_map(Event::Steps),
        2 => known_vendor_data().prop_map(Event::Restored),
        1 => known_vendor_data().prop_map(Event::Reported),
        1 => known_vendor_data().prop_map(Event::Blocked),
        1 => (1_usize..4).prop_map(Event::Sequenced),
    ]
}

async fn happen(scene: &Scene, tenant: &Tenant, number: usize, event: Event) {
    let name = |name: &VendorData| name.as_str().to_owned();
    match event {
        // Refusals are expected.
        Event::Steps(steps) => {
            let steps = steps.into_iter().map(|step| tenant.mutation_of(step));
            tenant.commit(steps.collect()).await;
        }
        Event::Restored(name) => {
            let users = tenant.journal.users();
            let of_name = users.iter().rev().map(|user| &user.record);
            let mut deleted =
                of_name.filter(|user| user.vendor_data == name && user.deleted_at.is_some());
            if let Some(user) = deleted.next() {
                let _ = tenant.write(tenant.restore(user.id)).await;
            }
        }
        Event::Reported(of) => {
            let session = format!("session {number}");
            let report = a_session_report(&session, &name(&of), 1, SessionStatus::InReview);
            tenant.session(report).await.unwrap();
        }
        Event::Blocked(of) => {
            let hit = format!("hit {number}");
            let hit = a_risk_report(&hit, &name(&of), RiskKind::BlocklistMatch);
            tenant.risks(vec![hit]).await;
        }
        Event::Sequenced(most) => {
            let round = scene.stores.outbox.sequence(most).await.unwrap();
            assert!(matches!(round, Sequenced::Done { .. }));
        }
    }
}

#[test]
fn after_any_events_each_application_has_correct_counts() {
    run(async {
        let scene = Arc::new(Scene::new().await);
        let events = vec((any::<bool>(), event()), 1..24);
        for_all(24, &events, move |events| {
            let scene = Arc::clone(&scene);
            async move {
                let one = Tenant::of(&scene.users).await;
                let other = Tenant::of(&scene.users).await;
                for (number, (first, event)) in events.into_iter().enumerate() {
                    let tenant = if first { &one } else { &other };
                    happen(&scene, tenant, number, event).await;
                    // The counts are also correct while changes wait for sequencing.
                    let wrong = scene.stores.outbox.check_user_counts(tenant.id(), false);
                    assert_eq!(wrong.await, Ok(Vec::new()));
                }
                scene.sequence().await;
                assert_eq!(scene.lines(STORED), scene.lines(EXPECTED));
            }
        })
        .await;
    });
}

#[test]
fn an_erased_user_was_not_counted() {
    run(async {
        let purging = Purging::new().await;
        purging.tenant().has(a_user("ada")).await;
        purging.tenant().has(a_user("bob")).await;
        purging.delete("ada").await;
        purging.deliver().await;
        purging.run(10).await;
        assert_eq!(purging.scene.lines(STORED), purging.scene.lines(EXPECTED));
        assert_eq!(purging.scene.lines(STORED).len(), 1);
    });
}

#[test]
fn wrong_counts_are_found_and_repaired_while_changes_wait() {
    run(async {
        let scene = Scene::new().await;
        let (tenant, outbox) = (&scene.tenant, &scene.stores.outbox);
        let other = Tenant::of(&scene.users).await;
        other.has(a_user("ada")).await;
        scene.create(&["ada", "bob", "cyd"]).await;
        scene.sequence().await;
        let block = tenant.change_status(by_name("bob"), to_status(UserStatus::Blocked));
        tenant.write(block).await.unwrap();
        tenant.write(tenant.delete(by_name("cyd"))).await.unwrap();
        scene.execute(&format!(
            "UPDATE user_counts SET users = 7 WHERE application_id = '{}'",
            tenant.id()
        ));
        // As of the sequenced changes: three users.
        let wrong = vec![WrongUserCount { status: UserStatus::Active, kept: 7, users: 3 }];
        for repair in [false, true] {
            let found = outbox.check_user_counts(tenant.id(), repair).await;
            assert_eq!(found.as_ref(), Ok(&wrong));
        }
        let none = outbox.check_user_counts(tenant.id(), false).await;
        assert_eq!(none, Ok(Vec::new()));
        scene.sequence().await;
        assert_eq!(scene.lines(STORED), scene.lines(EXPECTED));
    });
}

#[test]
fn a_count_that_was_wrong_stops_at_zero_and_blocks_nothing() {
    run(async {
        let scene = Scene::new().await;
        scene.create(&["ada"]).await;
        scene.sequence().await;
        scene.execute("UPDATE user_counts SET users = 0");
        let tenant = &scene.tenant;
        tenant.write(tenant.delete(by_name("ada"))).await.unwrap();
        assert_eq!(scene.sequence().await.0, 1);
        assert_eq!(scene.lines(STORED), [""; 0]);
    });
}
