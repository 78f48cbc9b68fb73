//! Requirements for every `Outbox`. A `UserStore` writes the changes, a `DestinationStore` the destinations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationState, DisabledReason,
};
use users_domain::model::{UserStatus, WebhookType};
use users_domain::ports::{DestinationChange, Outbox, Sequenced, WriteError};
use users_domain::rules::{Patch, Rejection, UpdateUser};

use super::at_once::at_once;
use super::{UserStoreSubject, WebhookSubject};
use crate::{
    MANY, Tenant, a_destination, a_user, base_time, by_name, display_name, subscriptions, to_status,
};

mod counts;

pub use counts::stored_counts_reflect_the_sequenced_changes;

const PER_USER: DeliveryOrdering = DeliveryOrdering::PerUser;
const DATA: &str = WebhookType::UserDataUpdated.as_str();
const STATUS: &str = WebhookType::UserStatusUpdated.as_str();

/// Adapters of the port under test and of the ports around it. All of them use the same data.
#[derive(Clone)]
pub struct OutboxSubject {
    /// Writes users and their events.
    pub users: UserStoreSubject,
    /// Stores destinations, and reads their deliveries.
    pub webhooks: WebhookSubject,
    /// The outbox.
    pub outbox: Arc<dyn Outbox>,
    /// The same outbox, as another process has it.
    pub elsewhere: Arc<dyn Outbox>,
}

impl OutboxSubject {
    async fn destination(
        &self,
        tenant: &Tenant,
        events: &[&str],
        ordering: DeliveryOrdering,
    ) -> Destination {
        let plain = a_destination(tenant.id());
        let subscriptions = subscriptions(events);
        self.webhooks.has(Destination { subscriptions, ordering, ..plain }).await
    }

    /// Sequences all waiting changes. Returns the number of changes and of deliveries.
    async fn sequence(&self) -> (usize, usize) {
        round(&*self.outbox, MANY).await
    }

    /// The deliveries of a destination in the order of the queue: the user, the sequence of the event, and whether it is
    /// due.
    async fn queue(&self, tenant: &Tenant, destination: &Destination) -> Vec<String> {
        let users = tenant.journal.users();
        let events = users.iter().flat_map(|user| tenant.journal.events_of(user.record.id));
        let names: BTreeMap<_, _> = events
            .map(|event| (event.id, format!("{} {}", event.vendor_data.as_str(), event.sequence)))
            .collect();
        let deliveries = self.webhooks.queue.deliveries(destination).await;
        let shown = deliveries.iter().map(|row| {
            let name = names.get(&row.event).expect("a committed event");
            format!("{name} {}", if row.parked { "parked" } else { "due" })
        });
        shown.collect()
    }

    async fn turn(&self, destination: &Destination, on: bool) {
        let change = DestinationChange { enabled: Some(on), ..DestinationChange::default() };
        let (application, id) = (destination.application, destination.id);
        let changed = self.webhooks.destinations.change(application, id, change, base_time());
        changed.await.expect("the destination is changed");
    }
}

async fn round(outbox: &dyn Outbox, limit: usize) -> (usize, usize) {
    match outbox.sequence(limit).await.expect("the store answers") {
        Sequenced::Done { changes, deliveries } => (changes, deliveries),
        Sequenced::Elsewhere => panic!("no other process is sequencing"),
    }
}

async fn rename(tenant: &Tenant, name: &str, times: usize) {
    for time in 0..times {
        let at = tenant.context().at;
        let edit = UpdateUser {
            display_name: Patch::Set(display_name(&format!("{name} {time} {at}"))),
            ..UpdateUser::default()
        };
        let written = tenant.write(tenant.update(by_name(name), edit)).await;
        assert!(written.expect("an edit").changed);
    }
}

async fn set_status(tenant: &Tenant, name: &str, status: UserStatus) {
    let change = tenant.change_status(by_name(name), to_status(status));
    tenant.write(change).await.expect("a change");
}

/// The rounds cut across users and applications.
pub async fn rounds_sequence_changes_of_all_applications_until_none_is_left(
    subject: &OutboxSubject,
) {
    let (tenant, other) = (Tenant::of(&subject.users).await, Tenant::of(&subject.users).await);
    let ours = subject.destination(&tenant, &[DATA, STATUS], PER_USER).await;
    let theirs = subject.destination(&other, &[DATA, STATUS], PER_USER).await;
    for name in ["ada", "bob"] {
        tenant.has(a_user(name)).await;
    }
    other.has(a_user("ada")).await;
    rename(&tenant, "ada", 2).await;
    set_status(&tenant, "ada", UserStatus::Blocked).await;
    other.remove("ada").await;

    let mut changes = Vec::new();
    while changes.last() != Some(&0) {
        changes.push(round(&*subject.outbox, 3).await.0);
    }
    assert_eq!(changes, [3, 3, 1, 0]);
    let waiting = ["ada 1 due", "bob 1 due", "ada 2 parked", "ada 3 parked", "ada 4 parked"];
    assert_eq!(subject.queue(&tenant, &ours).await, waiting);
    assert_eq!(subject.queue(&other, &theirs).await, ["ada 1 due", "ada 2 parked"]);
}

/// One call creates several users and changes each of them twice.
pub async fn changes_of_one_user_in_one_call_keep_their_sequence(subject: &OutboxSubject) {
    let tenant = Tenant::of(&subject.users).await;
    let destination = subject.destination(&tenant, &[DATA, STATUS], PER_USER).await;
    let batch = ["ada", "bob", "cyd"].into_iter().flat_map(|name| {
        [
            tenant.create(a_user(name)),
            tenant.change_status(by_name(name), to_status(UserStatus::Flagged)),
            tenant.change_status(by_name(name), to_status(UserStatus::Active)),
        ]
    });
    let answers = tenant.commit(batch.collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(subject.sequence().await, (9, 9));
    let queue = subject.queue(&tenant, &destination).await;
    for name in ["ada", "bob", "cyd"] {
        let of_user: Vec<_> = queue.iter().filter(|line| line.starts_with(name)).collect();
        let expected = ["1 due", "2 parked", "3 parked"].map(|state| format!("{name} {state}"));
        assert_eq!(of_user, expected.iter().collect::<Vec<_>>());
    }
}

/// Destinations with other subscriptions and those of other applications get none.
pub async fn a_change_becomes_one_delivery_per_subscribed_destination(subject: &OutboxSubject) {
    let (tenant, other) = (Tenant::of(&subject.users).await, Tenant::of(&subject.users).await);
    let mut destinations = Vec::new();
    for events in [&[DATA, STATUS][..], &[DATA, "transaction.created"], &[STATUS], &[]] {
        destinations.push(subject.destination(&tenant, events, PER_USER).await);
    }
    destinations.push(subject.destination(&other, &[DATA, STATUS], PER_USER).await);
    tenant.has(a_user("ada")).await;
    set_status(&tenant, "ada", UserStatus::Flagged).await;
    assert_eq!(subject.sequence().await, (2, 4));
    let expected = [&["ada 1 due", "ada 2 parked"][..], &["ada 1 due"], &["ada 2 due"], &[], &[]];
    for (destination, expected) in destinations.iter().zip(expected) {
        assert_eq!(subject.queue(&tenant, destination).await, expected);
    }
}

/// Covers a later round, behind a delivery that still waits.
pub async fn only_the_first_delivery_of_a_user_is_due_unless_unordered(subject: &OutboxSubject) {
    let tenant = Tenant::of(&subject.users).await;
    let ordered = subject.destination(&tenant, &[DATA], PER_USER).await;
    let unordered = subject.destination(&tenant, &[DATA], DeliveryOrdering::None).await;
    for name in ["ada", "bob"] {
        tenant.has(a_user(name)).await;
    }
    subject.sequence().await;
    rename(&tenant, "ada", 2).await;
    subject.sequence().await;
    let parked = ["ada 1 due", "bob 1 due", "ada 2 parked", "ada 3 parked"];
    assert_eq!(subject.queue(&tenant, &ordered).await, parked);
    let due = ["ada 1 due", "bob 1 due", "ada 2 due", "ada 3 due"];
    assert_eq!(subject.queue(&tenant, &unordered).await, due);
}

/// The receiver knows both by their `vendor_data`.
pub async fn a_deleted_user_and_its_successor_of_the_same_name_stay_in_order(
    subject: &OutboxSubject,
) {
    let tenant = Tenant::of(&subject.users).await;
    let destination = subject.destination(&tenant, &[DATA], PER_USER).await;
    tenant.has(a_user("ada")).await;
    tenant.remove("ada").await;
    tenant.has(a_user("ada")).await;
    rename(&tenant, "ada", 1).await;
    subject.sequence().await;
    let expected = ["ada 1 due", "ada 2 parked", "ada 1 parked", "ada 2 parked"];
    assert_eq!(subject.queue(&tenant, &destination).await, expected);
}

/// The client can still want what the service could not deliver.
pub async fn only_destinations_disabled_by_the_service_still_get_deliveries(
    subject: &OutboxSubject,
) {
    let tenant = Tenant::of(&subject.users).await;
    let mut destinations = Vec::new();
    for (reason, deliveries) in
        [(DisabledReason::Client, 0), (DisabledReason::Gone, 1), (DisabledReason::Failing, 1)]
    {
        let destination = subject.destination(&tenant, &[DATA], PER_USER).await;
        subject.webhooks.queue.disable(&destination, reason).await;
        destinations.push((destination, deliveries));
    }
    tenant.has(a_user("ada")).await;
    assert_eq!(subject.sequence().await, (1, 2));
    for (destination, deliveries) in destinations {
        let queue = subject.queue(&tenant, &destination).await;
        assert_eq!(queue.len(), deliveries, "{destination:?}");
    }
}

/// The time of the change decides, not the time of the round.
pub async fn changes_committed_before_a_client_disables_are_delivered_later(
    subject: &OutboxSubject,
) {
    let tenant = Tenant::of(&subject.users).await;
    let destination = subject.destination(&tenant, &[DATA], PER_USER).await;
    tenant.has(a_user("ada")).await;
    subject.turn(&destination, false).await;
    tenant.has(a_user("bob")).await;
    assert_eq!(subject.sequence().await, (2, 1));
    assert_eq!(subject.queue(&tenant, &destination).await, ["ada 1 due"]);
}

/// The clock of the machine that created the destination does not matter.
pub async fn changes_after_creation_of_a_disabled_destination_are_not_delivered(
    subject: &OutboxSubject,
) {
    for since in ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        let tenant = Tenant::of(&subject.users).await;
        let since = users_domain::model::Timestamp::parse(since).expect("a time");
        let state = DestinationState::Disabled { reason: DisabledReason::Client, since };
        let destination = Destination { state, ..a_destination(tenant.id()) };
        let destination = subject.webhooks.has(destination).await;
        tenant.has(a_user("ada")).await;
        assert_eq!(subject.sequence().await, (1, 0), "{since}");
        subject.turn(&destination, true).await;
        rename(&tenant, "ada", 1).await;
        assert_eq!(subject.sequence().await, (1, 1), "{since}");
    }
}

/// Covers refused changes and changes whose event cannot be written.
pub async fn a_change_that_is_not_written_is_not_sequenced(subject: &OutboxSubject) {
    let tenant = Tenant::of(&subject.users).await;
    tenant.has(a_user("ada")).await;
    let again = tenant.write(tenant.create(a_user("ada"))).await;
    assert_eq!(again, Err(WriteError::Refused(Rejection::VendorDataTaken)));
    subject.users.inspect.fail_event_inserts(true).await;
    assert!(tenant.try_commit(vec![tenant.create(a_user("bob"))]).await.is_err());
    subject.users.inspect.fail_event_inserts(false).await;
    assert_eq!(subject.sequence().await, (1, 0));
}

/// Three writers and four processes work at the same time.
pub async fn concurrent_rounds_and_writers_keep_every_event_once_and_in_order(
    subject: &OutboxSubject,
) {
    const WRITES: usize = 40;

    let tenant = Arc::new(Tenant::of(&subject.users).await);
    let ordered = subject.destination(&tenant, &[DATA], PER_USER).await;
    let unordered = subject.destination(&tenant, &[DATA], DeliveryOrdering::None).await;
    let names = ["ada", "bob", "cyd"];
    let writing = Arc::new(AtomicUsize::new(names.len()));
    let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
    for name in names {
        let (tenant, writing) = (Arc::clone(&tenant), Arc::clone(&writing));
        tasks.push(Box::pin(async move {
            tenant.has(a_user(name)).await;
            rename(&tenant, name, WRITES).await;
            writing.fetch_sub(1, Ordering::SeqCst);
        }));
    }
    for outbox in [&subject.outbox, &subject.elsewhere, &subject.outbox, &subject.elsewhere] {
        let (outbox, writing) = (Arc::clone(outbox), Arc::clone(&writing));
        tasks.push(Box::pin(async move {
            loop {
                let over = writing.load(Ordering::SeqCst) == 0;
                let round = outbox.sequence(7).await.expect("the store answers");
                if over && matches!(round, Sequenced::Done { changes: 0, .. }) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    at_once(tasks).await;

    assert_eq!(subject.sequence().await, (0, 0));
    for (destination, is_ordered) in [(ordered, true), (unordered, false)] {
        let queue = subject.queue(&tenant, &destination).await;
        assert_eq!(queue.len(), names.len() * (WRITES + 1), "every event once");
        for name in names {
            let of_user: Vec<_> = queue.iter().filter(|line| line.starts_with(name)).collect();
            let expected = (1..=WRITES + 1).map(|nth| {
                let is_due = nth == 1 || !is_ordered;
                format!("{name} {nth} {}", if is_due { "due" } else { "parked" })
            });
            assert!(of_user.into_iter().cloned().eq(expected), "{queue:?}");
        }
    }
}
