//! One application in a store under test, with its callers.

mod recorder;
mod reporting;

use std::sync::Arc;

use users_domain::model::{
    Application, ApplicationId, ApplicationSettings, Caller, CommandContext, Comment, KeyKind,
    RetentionDays, Role, Tag, User, UserDetail, UserId, UserKey, UserRecord, VerifiedFieldsPolicy,
};
use users_domain::ports::{
    Answered, Clock as _, Entropy as _, FactsSpec, IdempotencyError, Idempotent, Mutation,
    Presence, StoreError, UserStore as _, WriteError, Written,
};
use users_domain::rules::{
    ChangeStatus, CreateUser, LegalHoldCommand, Patch, UpdateUser, decide_create, decide_delete,
    decide_legal_hold, decide_restore, decide_status_change, decide_update,
};
use users_domain::service::IngestService;

use crate::conformance::{AuditRow, EventRow, UserStoreSubject};
use crate::strategies::Step;
use crate::{
    CountingEntropy, FixedClock, Journal, a_caller, an_application, base_time, by_name, unique_seed,
};
use recorder::Recorder;

/// A new application whose confirmed writes are journalled. Its clock starts at [`base_time`] and advances by a second
/// with each command.
pub struct Tenant {
    /// The application.
    pub application: Application,
    /// The caller of user commands, an owner.
    pub caller: Caller,
    /// The caller of reports, a service.
    pub service: Caller,
    /// Accepts reports.
    pub ingest: IngestService,
    /// The time of the next command.
    pub clock: Arc<FixedClock>,
    /// The confirmed decisions.
    pub journal: Arc<Journal>,
    store: Arc<Recorder>,
    subject: UserStoreSubject,
    entropy: Arc<CountingEntropy>,
}

impl Tenant {
    const TICK_MICROS: i64 = 1_000_000;

    /// A new application in the store under test.
    pub async fn of(subject: &UserStoreSubject) -> Self {
        Self::with(subject, ApplicationSettings::default()).await
    }

    /// A new application in the store under test, with these settings.
    pub async fn with(subject: &UserStoreSubject, settings: ApplicationSettings) -> Self {
        let application = Application { settings, ..an_application() };
        let added = subject.applications.add(application.clone()).await;
        assert_eq!(added, Ok(true), "the application is new");
        let clock = Arc::new(FixedClock::ticking(base_time(), Self::TICK_MICROS));
        let entropy = Arc::new(CountingEntropy::based_on(unique_seed()));
        let journal = Arc::<Journal>::default();
        let store = Arc::new(Recorder::over(&subject.store, &journal));
        Self {
            caller: a_caller(&application, KeyKind::Role(Role::Owner)),
            service: a_caller(&application, KeyKind::Service),
            ingest: IngestService::new(
                store.clone(),
                subject.reader.clone(),
                clock.clone(),
                entropy.clone(),
            ),
            application,
            clock,
            journal,
            store,
            subject: subject.clone(),
            entropy,
        }
    }

    /// The application's id.
    #[must_use]
    pub fn id(&self) -> ApplicationId {
        self.application.id
    }

    /// A new context for a command.
    #[must_use]
    pub fn context(&self) -> CommandContext {
        self.caller.context(self.clock.now(), self.entropy.seed())
    }

    /// Creates a user.
    #[must_use]
    pub fn create(&self, command: CreateUser) -> Mutation {
        let (context, application) = (self.context(), self.id());
        Mutation {
            key: UserKey::VendorData(command.vendor_data.clone()),
            expected: Presence::Absent,
            facts: FactsSpec {
                tags: command.tags.clone(),
                block_left: self.application.settings.block_survives_deletion,
                ..FactsSpec::default()
            },
            decide: Arc::new(move |facts| decide_create(facts, &command, application, &context)),
        }
    }

    /// Edits a user.
    #[must_use]
    pub fn update(&self, key: UserKey, command: UpdateUser) -> Mutation {
        let (context, policy) = (self.context(), VerifiedFieldsPolicy::ReadOnly);
        let tags = match &command.tags {
            Patch::Set(names) => names.clone(),
            Patch::Absent | Patch::Clear => Vec::new(),
        };
        Mutation::of_existing(key, FactsSpec { tags, ..FactsSpec::default() }, move |facts| {
            decide_update(facts, &command, None, policy, &context)
        })
    }

    /// Changes a user's status.
    #[must_use]
    pub fn change_status(&self, key: UserKey, command: ChangeStatus) -> Mutation {
        let context = self.context();
        Mutation::of_existing(key, FactsSpec::default(), move |facts| {
            decide_status_change(facts, &command, None, &context)
        })
    }

    /// Deletes a user.
    #[must_use]
    pub fn delete(&self, key: UserKey) -> Mutation {
        let context = self.context();
        Mutation::of_existing(key, FactsSpec::default(), move |facts| {
            decide_delete(facts, &context)
        })
    }

    /// Sets or lifts a user's legal hold.
    #[must_use]
    pub fn hold(&self, key: UserKey, command: LegalHoldCommand) -> Mutation {
        let context = self.context();
        Mutation::of_existing(key, FactsSpec::default(), move |facts| {
            decide_legal_hold(facts, &command, None, &context)
        })
    }

    /// Restores a deleted user, within the default retention.
    #[must_use]
    pub fn restore(&self, id: UserId) -> Mutation {
        let context = self.context();
        let facts = FactsSpec {
            name_taken: true,
            block_left: self.application.settings.block_survives_deletion,
            history: true,
            ..FactsSpec::default()
        };
        Mutation::of_existing(UserKey::IdIncludingDeleted(id), facts, move |facts| {
            decide_restore(facts, RetentionDays::default(), &context)
        })
    }

    /// The mutation of a random step.
    #[must_use]
    pub fn mutation_of(&self, step: Step) -> Mutation {
        match step {
            Step::Create(command) => self.create(*command),
            Step::Update(name, command) => self.update(UserKey::VendorData(name), *command),
            Step::ChangeStatus(name, command) => {
                self.change_status(UserKey::VendorData(name), command)
            }
            Step::Delete(name) => self.delete(UserKey::VendorData(name)),
        }
    }

    /// Commits mutations; the store may fail.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn try_commit(
        &self,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        self.store.commit(self.id(), mutations).await
    }

    /// Commits mutations; panics if the store fails.
    pub async fn commit(&self, mutations: Vec<Mutation>) -> Vec<Result<Written, WriteError>> {
        self.try_commit(mutations).await.expect("the store answers")
    }

    /// Commits mutations as the last commit of an idempotent call.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn commit_idempotent(
        &self,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        self.store.commit_idempotent(self.id(), mutations, once).await
    }

    /// Commits one mutation.
    ///
    /// # Errors
    /// The refusal or conflict of the mutation.
    pub async fn write(&self, mutation: Mutation) -> Result<Written, WriteError> {
        let mut answers = self.commit(vec![mutation]).await;
        answers.pop().expect("one answer")
    }

    /// Creates a user that does not exist yet.
    pub async fn has(&self, command: CreateUser) -> UserDetail {
        self.write(self.create(command)).await.expect("a new user").user
    }

    /// Reads a user.
    pub async fn find(&self, key: &UserKey) -> Option<UserDetail> {
        let found = self.subject.reader.find(self.id(), key).await;
        found.expect("the store answers")
    }

    /// Compares the stored users, comments, audit entries, events and evidence with the decisions, and checks that each
    /// change was decided on the outcome of the previous one.
    pub async fn assert_stored_as_decided(&self) {
        for (id, changes) in self.journal.changes() {
            let versions: Vec<_> = changes.iter().map(|c| c.user().record.version).collect();
            let counted: Vec<_> = (1..=changes.len() as u64).collect();
            assert_eq!(versions, counted, "no change was lost or decided on old facts");
            let user = changes.last().expect("a change").user();
            self.assert_user_as_decided(user).await;
            self.assert_trail_as_decided(user).await;
            assert_eq!(user.record.id, id);
        }
        self.assert_evidence_as_decided().await;
    }

    async fn assert_user_as_decided(&self, user: &User) {
        let found = self.find(&UserKey::Id(user.record.id)).await;
        let mut comments: Vec<Comment> = self
            .journal
            .audit_of(user.record.id)
            .iter()
            .rev()
            .filter_map(users_domain::model::AuditEntry::as_comment)
            .collect();
        comments.truncate(Comment::SHOWN_IN_DETAIL);
        let expected =
            UserDetail { record: user.record.clone(), metadata: user.metadata.text(), comments };
        let including_deleted = self.find(&UserKey::IdIncludingDeleted(user.record.id)).await;
        assert_eq!(including_deleted.as_ref(), Some(&expected), "including deleted");
        if user.record.deleted_at.is_some() {
            assert_eq!(found, None, "a deleted user is not found");
            return;
        }
        assert_eq!(found.as_ref(), Some(&expected), "by id");
        let key = UserKey::VendorData(user.record.vendor_data.clone());
        assert_eq!(self.find(&key).await, Some(expected), "by vendor_data");
    }

    async fn assert_trail_as_decided(&self, user: &User) {
        let (inspect, id) = (&self.subject.inspect, user.record.id);
        let mut stored = inspect.audit_entries(self.id(), id).await;
        let mut decided: Vec<_> = self.journal.audit_of(id).iter().map(AuditRow::of).collect();
        stored.sort_by_key(|row| row.id);
        decided.sort_by_key(|row| row.id);
        assert_eq!(stored, decided, "audit entries");

        let mut stored = inspect.events(self.id(), id).await;
        stored.sort_by_key(|row| row.sequence);
        let events = self.journal.events_of(id);
        let encoder = &*self.subject.encoder;
        let decided: Vec<_> = events.iter().map(|e| EventRow::of(e, encoder)).collect();
        assert_eq!(stored, decided, "events");
        let sequences = stored.iter().map(|row| row.sequence);
        assert!(sequences.eq(1..=stored.len() as u64), "sequences count");
    }

    /// Deletes a user and returns it.
    pub async fn remove(&self, name: &str) -> UserRecord {
        let deletion = self.write(self.delete(by_name(name))).await;
        deletion.expect("a deletion").user.record
    }

    /// Creates a user, deletes it and returns it.
    pub async fn had(&self, command: CreateUser) -> UserRecord {
        let name = self.has(command).await.record.vendor_data;
        self.remove(name.as_str()).await
    }

    /// The tag of this name on a user.
    pub async fn tag_on(&self, key: &UserKey, name: &str) -> Option<Tag> {
        let user = self.find(key).await?;
        let mut tags = user.record.tags.into_iter().map(|tag| tag.tag);
        tags.find(|tag| tag.name.as_str() == name)
    }
}
