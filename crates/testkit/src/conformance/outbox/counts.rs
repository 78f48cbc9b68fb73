//! The stored counts of users, under random changes and rounds.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use users_domain::model::VendorData;
use users_domain::model::evidence::{RiskKind, SessionStatus};

use super::{OutboxSubject, round};
use crate::strategies::{Step, known_vendor_data, step};
use crate::{Tenant, a_risk_report, a_session_report, for_all};

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

/// Refusals are expected.
async fn happen(subject: &OutboxSubject, tenant: &Tenant, number: usize, event: Event) {
    match event {
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
        Event::Reported(name) => {
            let session = format!("session {number}");
            let report = a_session_report(&session, name.as_str(), 1, SessionStatus::InReview);
            tenant.session(report).await.expect("no refusal");
        }
        Event::Blocked(name) => {
            let hit = format!("hit {number}");
            let hit = a_risk_report(&hit, name.as_str(), RiskKind::BlocklistMatch);
            tenant.risks(vec![hit]).await;
        }
        Event::Sequenced(limit) => {
            round(&*subject.outbox, limit).await;
        }
    }
}

/// Random events of two applications, with rounds in between. The counts are correct whether or not changes wait.
pub async fn stored_counts_reflect_the_sequenced_changes(subject: &OutboxSubject) {
    let events = vec((any::<bool>(), event()), 1..24);
    for_all(24, &events, |events| {
        let subject = subject.clone();
        async move {
            let (one, other) = (Tenant::of(&subject.users).await, Tenant::of(&subject.users).await);
            for (number, (first, event)) in events.into_iter().enumerate() {
                let tenant = if first { &one } else { &other };
                happen(&subject, tenant, number, event).await;
                let wrong = subject.outbox.check_user_counts(tenant.id(), false).await;
                assert_eq!(wrong, Ok(Vec::new()));
            }
            subject.sequence().await;
            for tenant in [&one, &other] {
                let wrong = subject.outbox.check_user_counts(tenant.id(), false).await;
                assert_eq!(wrong, Ok(Vec::new()));
            }
        }
    })
    .await;
}
