//! Writes users through the store's adapter, so that the HTTP API does not limit the rate of events.

use std::sync::Arc;

use adapter_postgres::{PgUserStore, Pool, PoolConfig};
use adapter_webhooks::EventBodyEncoder;
use users_domain::model::{Application, ApplicationId, KeyKind, Role, UserKey};
use users_domain::ports::{FactsSpec, Mutation, Presence, UserStore as _};
use users_domain::rules::{Patch, UpdateUser, decide_create, decide_update};

use crate::Error;
use crate::clock::now;

/// Number of writing sessions.
pub(super) const SESSIONS: u32 = 4;

/// Writes users of one application.
#[derive(Clone)]
pub struct Load {
    store: PgUserStore,
    application: Application,
}

impl Load {
    /// Creates a store that all applications share.
    ///
    /// # Errors
    /// If the URL is invalid.
    pub fn store(runtime_url: &str) -> Result<PgUserStore, Error> {
        let config = PoolConfig {
            connections: SESSIONS,
            application_name: "bench-load".to_owned(),
            ..PoolConfig::default()
        };
        let pool = Pool::new(runtime_url, &config)?;
        Ok(PgUserStore::new(pool, Arc::new(EventBodyEncoder)))
    }

    /// Writes users of this application.
    #[must_use]
    pub fn new(store: PgUserStore, id: ApplicationId) -> Self {
        let application = Application { id, ..testkit::an_application() };
        Self { store, application }
    }

    /// The bytes of the application's id.
    #[must_use]
    pub fn application_id(&self) -> [u8; 16] {
        *self.application.id.uuid().as_bytes()
    }

    /// Creates the users of these numbers in one transaction, with one event each.
    ///
    /// # Errors
    /// If one is not created.
    pub async fn create(&self, users: std::ops::Range<usize>) -> Result<(), Error> {
        let mutations = users.map(|user| self.creation(user)).collect();
        self.commit(mutations).await
    }

    /// Edits the users of these numbers in one transaction, with one event each. A new `version` makes the edit a
    /// change.
    ///
    /// # Errors
    /// If one is not edited.
    pub async fn edit(&self, users: std::ops::Range<usize>, version: usize) -> Result<(), Error> {
        let mutations = users.map(|user| self.edition(user, version)).collect();
        self.commit(mutations).await
    }

    async fn commit(&self, mutations: Vec<Mutation>) -> Result<(), Error> {
        for answer in self.store.commit(self.application.id, mutations).await? {
            if !answer?.changed {
                return Err("a write created no event".into());
            }
        }
        Ok(())
    }

    fn context(&self) -> users_domain::model::CommandContext {
        let caller = testkit::a_caller(&self.application, KeyKind::Role(Role::Owner));
        caller.context(now(), testkit::unique_seed())
    }

    fn creation(&self, user: usize) -> Mutation {
        let (context, application) = (self.context(), self.application.id);
        let command = testkit::a_user(&name(user));
        Mutation {
            key: UserKey::VendorData(command.vendor_data.clone()),
            expected: Presence::Absent,
            facts: FactsSpec::default(),
            decide: Arc::new(move |facts| decide_create(facts, &command, application, &context)),
        }
    }

    fn edition(&self, user: usize, version: usize) -> Mutation {
        let (context, policy) = (self.context(), self.application.settings.verified_fields);
        let command = UpdateUser {
            display_name: Patch::Set(testkit::display_name(&format!("Version {version}"))),
            ..UpdateUser::default()
        };
        Mutation {
            key: testkit::by_name(&name(user)),
            expected: Presence::Present,
            facts: FactsSpec { comments: false, ..FactsSpec::default() },
            decide: Arc::new(move |facts| decide_update(facts, &command, None, policy, &context)),
        }
    }
}

fn name(user: usize) -> String {
    format!("user-{user}")
}
