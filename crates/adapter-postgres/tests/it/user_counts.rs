//! The counts that estimates are answered from: whatever happens to users, they are those of the users there are.
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

/// What is kept, of all applications.
const KEPT: &str =
    "SELECT format('%s %s %s', application_id, status, users) AS line FROM user_counts
    WHERE users > 0 ORDER BY 1";

/// What it should be.
const THERE: &str = "SELECT format('%s %s %s', application_id, status, count(*)) AS line FROM users
    WHERE deleted_at IS NULL GROUP BY application_id, status ORDER BY 1";

/// Something that can happen to users.
#[derive(Debug, Clone)]
enum Event {
    /// One call.
    Steps(Vec<Step>),
    /// Whoever of this name was deleted last comes back.
    Restored(VendorData),
    /// A session that makes whoever there is not.
    Reported(VendorData),
    /// A session that was declined, a hit on a blocklist.
    Blocked(VendorData),
    /// A round of the sequencer, of so many changes.
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
        // A refusal is an answer as well.
        Event::Steps(steps) => {
            let steps = steps.into_iter().map(|step| tenant.take(step));
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
fn whatever_happens_each_application_has_the_counts_of_its_users() {
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
                    // Nor are they wrong while something waits.
                    let wrong = scene.stores.outbox.check_user_counts(tenant.id(), false);
                    assert_eq!(wrong.await, Ok(Vec::new()));
                }
                scene.sequence().await;
                assert_eq!(scene.lines(KEPT), scene.lines(THERE));
            }
        })
        .await;
    });
}

#[test]
fn an_erased_user_was_not_among_them() {
    run(async {
        let purging = Purging::new().await;
        purging.tenant().has(a_user("ada")).await;
        purging.tenant().has(a_user("bob")).await;
        purging.delete("ada").await;
        purging.deliver().await;
        purging.run(10).await;
        assert_eq!(purging.scene.lines(KEPT), purging.scene.lines(THERE));
        assert_eq!(purging.scene.lines(KEPT).len(), 1);
    });
}

#[test]
fn wrong_counts_are_found_and_repaired_whatever_waits() {
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
        // As of the changes that were sequenced: three.
        let wrong = vec![WrongUserCount {
            status: UserStatus::Active,
            kept: 7,
            users: 3,
        }];
        for repair in [false, true] {
            let found = outbox.check_user_counts(tenant.id(), repair).await;
            assert_eq!(found.as_ref(), Ok(&wrong));
        }
        let none = outbox.check_user_counts(tenant.id(), false).await;
        assert_eq!(none, Ok(Vec::new()));
        scene.sequence().await;
        assert_eq!(scene.lines(KEPT), scene.lines(THERE));
    });
}

#[test]
fn a_count_that_was_wrong_stops_at_nought_and_holds_up_nothing() {
    run(async {
        let scene = Scene::new().await;
        scene.create(&["ada"]).await;
        scene.sequence().await;
        scene.execute("UPDATE user_counts SET users = 0");
        let tenant = &scene.tenant;
        tenant.write(tenant.delete(by_name("ada"))).await.unwrap();
        assert_eq!(scene.sequence().await.0, 1);
        assert_eq!(scene.lines(KEPT), [""; 0]);
    });
}
