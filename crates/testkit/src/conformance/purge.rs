//! Requirements for every `PurgeStore`. A `UserStore` writes the users.

use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use users_domain::model::evidence::{EvidenceId, SessionStatus};
use users_domain::model::{
    ApplicationId, ApplicationSettings, DeletedPosition, PurgeReceipt, PurgeRunId, RetentionDays,
    Timestamp, UserKey, UserRecord, random_uuid,
};
use users_domain::ports::{PurgeDue, PurgePortion, PurgeStore};
use users_domain::rules::LegalHoldCommand;

use super::UserStoreSubject;
use super::at_once::at_once;
use crate::{
    Tenant, a_reason, a_session_report, a_user, base_time, by_name, session_id, unique_seed,
};

/// Adapters of the port under test and of the user ports. All of them use the same data.
#[derive(Clone)]
pub struct PurgeSubject {
    /// Writes and reads users.
    pub users: UserStoreSubject,
    /// Erases users.
    pub purge: Arc<dyn PurgeStore>,
    /// Delivers events, and reads what is left of users.
    pub inspect: Arc<dyn InspectPurge>,
}

/// Access past the ports.
#[async_trait]
pub trait InspectPurge: Send + Sync {
    /// Adds a destination of the application and creates the deliveries of all events.
    async fn queue_events(&self, application: ApplicationId);

    /// Delivers all events.
    async fn deliver_events(&self);

    /// The number of stored rows, of any kind, that contain the text.
    async fn rows_with(&self, text: &str) -> usize;
}

/// The purges of one application, of users whose retention has ended by the year 2200.
pub struct Purges {
    /// Erases users.
    pub store: Arc<dyn PurgeStore>,
    /// The application.
    pub application: ApplicationId,
}

impl Purges {
    /// Begins a run.
    pub async fn begin(&self) -> PurgeRunId {
        let id = PurgeRunId::new(random_uuid(base_time(), unique_seed()));
        let begun = self.store.begin(id).await;
        begun.expect("the store answers").expect("a run").id
    }

    /// Erases one portion of a run; `None` if the run is over.
    pub async fn portion(
        &self,
        run: PurgeRunId,
        after: Option<DeletedPosition>,
        most: usize,
    ) -> Option<PurgePortion> {
        let portion = self.store.purge(run, self.application, late(), after, most).await;
        portion.expect("the store answers")
    }

    /// Runs a whole purge in portions of this size. Returns how many users waited, and the receipt.
    pub async fn run(&self, most: usize) -> (u64, Option<PurgeReceipt>) {
        let run = self.begin().await;
        let (mut waiting, mut after) = (0, None);
        loop {
            let portion = self.portion(run, after, most).await.expect("no other process erases");
            waiting += portion.waiting;
            after = portion.reached;
            if after.is_none() {
                let receipt = self.store.finish(run).await;
                return (waiting, receipt.expect("the store answers"));
            }
        }
    }
}

/// A tenant whose deleted users may be erased at once.
struct Purging {
    subject: PurgeSubject,
    tenant: Tenant,
    purges: Purges,
}

impl Purging {
    async fn new(subject: &PurgeSubject) -> Self {
        let settings = ApplicationSettings {
            retention: RetentionDays::new(0).expect("a period"),
            ..ApplicationSettings::default()
        };
        let tenant = Tenant::with(&subject.users, settings).await;
        let purges = Purges { store: Arc::clone(&subject.purge), application: tenant.id() };
        Self { subject: subject.clone(), tenant, purges }
    }

    async fn due(&self) -> PurgeDue {
        let due = self.subject.purge.due(self.tenant.id(), late()).await;
        due.expect("the store answers")
    }

    async fn deleted(&self, name: &str) -> UserRecord {
        if self.tenant.find(&by_name(name)).await.is_none() {
            self.tenant.has(a_user(name)).await;
        }
        let deletion = self.tenant.write(self.tenant.delete(by_name(name))).await;
        deletion.expect("a deletion").user.record
    }

    async fn hold(&self, key: &UserKey, command: LegalHoldCommand) {
        let hold = self.tenant.hold(key.clone(), command);
        assert!(self.tenant.write(hold).await.expect("the user exists").changed);
    }

    async fn is_stored(&self, user: &UserRecord) -> bool {
        self.tenant.find(&UserKey::IdIncludingDeleted(user.id)).await.is_some()
    }
}

/// Later than every time in a test.
fn late() -> Timestamp {
    Timestamp::parse("2200-01-01T00:00:00Z").expect("a time")
}

/// The hash of the ids in the order of their erasure.
fn chained(users: &[UserRecord]) -> [u8; 32] {
    users.iter().fold([0; 32], |hash, user| {
        Sha256::new().chain_update(hash).chain_update(user.id.uuid().as_bytes()).finalize().into()
    })
}

/// Covers users that are not deleted, held, deleted later, and those with events that are not delivered, whether or not
/// the deliveries exist.
pub async fn users_that_are_active_held_or_await_a_delivery_stay_complete(subject: &PurgeSubject) {
    let purging = Purging::new(subject).await;
    let tenant = &purging.tenant;
    tenant.has(a_user("there")).await;
    let held = purging.deleted("held").await;
    let key = UserKey::IdIncludingDeleted(held.id);
    purging.hold(&key, LegalHoldCommand::Set { reason: a_reason("court") }).await;
    subject.inspect.deliver_events().await;
    let queued = purging.deleted("queued").await;
    subject.inspect.queue_events(tenant.id()).await;
    let marked = purging.deleted("marked").await;

    assert_eq!(purging.due().await, PurgeDue { due: 2, waiting: 2, held: 1 });
    assert_eq!(purging.purges.run(10).await, (2, None));
    tenant.assert_stored_as_decided().await;

    subject.inspect.deliver_events().await;
    assert_eq!(purging.due().await, PurgeDue { due: 2, waiting: 0, held: 1 });
    let run = purging.purges.begin().await;
    let earlier = queued.deleted_at.expect("a deletion").minus_millis(1);
    let portion = subject.purge.purge(run, tenant.id(), earlier, None, 10).await;
    assert_eq!(portion, Ok(Some(PurgePortion::default())), "deleted too late");
    assert_eq!(subject.purge.finish(run).await, Ok(None));
    tenant.assert_stored_as_decided().await;

    let (waiting, receipt) = purging.purges.run(10).await;
    assert_eq!((waiting, receipt.expect("a receipt").purged.users), (0, 2));
    assert!(!purging.is_stored(&queued).await && !purging.is_stored(&marked).await);
    assert!(tenant.find(&by_name("there")).await.is_some());
    purging.hold(&key, LegalHoldCommand::Lifted).await;
    subject.inspect.deliver_events().await;
    let (_, receipt) = purging.purges.run(10).await;
    assert_eq!(receipt.expect("a receipt").purged.users, 1);
    assert!(!purging.is_stored(&held).await);
}

/// Audit entries and events stay, without the user's id and data.
pub async fn nothing_of_an_erased_user_is_left(subject: &PurgeSubject) {
    let purging = Purging::new(subject).await;
    let tenant = &purging.tenant;
    let report = a_session_report("zephyrine-s", "zephyrine", 1, SessionStatus::Approved);
    tenant.session(report).await.expect("no refusal");
    let user = purging.deleted("zephyrine").await;
    subject.inspect.deliver_events().await;
    let traces = ["zephyrine".to_owned(), user.id.to_string()];
    for trace in &traces {
        assert!(subject.inspect.rows_with(trace).await > 0, "{trace}");
    }
    let receipt = purging.purges.run(10).await.1.expect("a receipt");
    let purged = receipt.purged;
    assert_eq!((purged.users, purged.sessions), (1, 1));
    assert_eq!((purged.audit_entries, purged.events), (3, 2));
    for trace in &traces {
        assert_eq!(subject.inspect.rows_with(trace).await, 0, "{trace}");
    }
    assert!(!purging.is_stored(&user).await);
    let session = EvidenceId::Session(session_id("zephyrine-s"));
    assert_eq!(tenant.stored_evidence(session).await, None);
}

/// Users are erased in the order of their deletion.
pub async fn a_receipt_does_not_depend_on_the_portions(subject: &PurgeSubject) {
    for most in [1, 3, 100] {
        let purging = Purging::new(subject).await;
        let report = a_session_report("s", "d", 1, SessionStatus::Declined);
        purging.tenant.session(report).await.expect("no refusal");
        let mut deleted = Vec::new();
        for name in ["a", "b", "a", "c", "d"] {
            deleted.push(purging.deleted(name).await);
        }
        subject.inspect.deliver_events().await;
        let receipt = purging.purges.run(most).await.1.expect("a receipt");
        assert_eq!(receipt.ids_sha256, chained(&deleted), "{most}");
        let times = deleted.first().zip(deleted.last());
        let times = times.and_then(|(first, last)| first.deleted_at.zip(last.deleted_at));
        assert_eq!(receipt.deleted_between, times);
        let purged = receipt.purged;
        assert_eq!((purged.users, purged.sessions, purged.transactions), (5, 1, 0));
        assert_eq!((purged.audit_entries, purged.events), (11, 10));
        assert!(receipt.finished_at >= Some(receipt.started_at));
    }
}

/// The receipt contains the users of both processes.
pub async fn an_abandoned_run_is_continued_and_has_one_receipt(subject: &PurgeSubject) {
    let purging = Purging::new(subject).await;
    for name in ["a", "b", "c"] {
        purging.deleted(name).await;
    }
    subject.inspect.deliver_events().await;
    let left = purging.purges.begin().await;
    let first = purging.purges.portion(left, None, 1).await.expect("no other process erases");
    assert_eq!(first.erased, 1);
    let receipt = purging.purges.run(10).await.1.expect("a receipt");
    assert_eq!((receipt.id, receipt.purged.users), (left, 3));
    assert_eq!(purging.purges.portion(left, first.reached, 1).await, Some(PurgePortion::default()));
    let user = purging.deleted("d").await;
    subject.inspect.deliver_events().await;
    assert_eq!(purging.purges.portion(left, None, 1).await, None, "the run is over");
    assert!(purging.is_stored(&user).await);
}

/// Each user is erased and counted once.
pub async fn concurrent_portions_erase_each_user_once(subject: &PurgeSubject) {
    let purging = Arc::new(Purging::new(subject).await);
    for number in 0..20 {
        purging.deleted(&format!("user {number}")).await;
    }
    subject.inspect.deliver_events().await;
    let run = purging.purges.begin().await;
    let erase = |purging: Arc<Purging>| async move {
        let mut erased = 0;
        while let Some(portion) = purging.purges.portion(run, None, 3).await {
            erased += portion.erased;
            if portion.reached.is_none() {
                break;
            }
        }
        erased
    };
    let processes = (0..4).map(|_| erase(Arc::clone(&purging)));
    let mut erased: u64 = at_once(processes.collect()).await.into_iter().sum();
    erased += erase(Arc::clone(&purging)).await;
    let receipt = subject.purge.finish(run).await.expect("the store answers");
    assert_eq!((erased, receipt.expect("a receipt").purged.users), (20, 20));
}
