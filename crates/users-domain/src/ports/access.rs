//! Applications and API keys.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::StoreError;
use crate::model::{
    ApiKey, Application, ApplicationId, ApplicationSettings, AuditEntry, KeyDigest, KeyGrant,
    KeyId, Timestamp,
};
use crate::rules::keys::{KeyFacts, KeyOutcome};

/// Keeps applications. They are never deleted.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ApplicationStore: Send + Sync {
    /// Adds an application. Adding one whose id exists MUST change nothing and answer `false`.
    async fn add(&self, application: Application) -> Result<bool, StoreError>;

    /// All applications, oldest first.
    async fn list(&self) -> Result<Vec<Application>, StoreError>;

    /// The application of this id.
    async fn find(&self, id: ApplicationId) -> Result<Option<Application>, StoreError>;

    /// Replaces the settings of an application. The settings and `entry` MUST be written together, and only where the
    /// settings are still `before`; answers whether they were.
    async fn replace_settings(
        &self,
        id: ApplicationId,
        before: ApplicationSettings,
        after: ApplicationSettings,
        entry: AuditEntry,
    ) -> Result<bool, StoreError>;
}

/// Pure: may run several times, on different facts; only the last run counts. Same facts, same answer.
pub type DecideKeys = Arc<dyn Fn(&KeyFacts) -> KeyOutcome + Send + Sync>;

/// One change of the keys of an application.
#[derive(Clone)]
pub struct KeyMutation {
    /// The key that it is about, if that is one which is there.
    pub subject: Option<KeyId>,
    /// When it was asked for: which keys live is told by this time.
    pub at: Timestamp,
    /// The decision.
    pub decide: DecideKeys,
}

impl fmt::Debug for KeyMutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyMutation")
            .field("subject", &self.subject)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// Keeps API keys. Only two queries name no application, as they find out which: the look-up by digest and
/// [`application_of`](KeyStore::application_of).
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Decides on the keys of an application and writes what comes of it; answers the outcome.
    ///
    /// - A decision MUST see the key that it is about in whatever state it is, every key that lives, and none of another
    ///   application.
    /// - Decisions at once MUST be made one after the other, each on what the one before left, also those of several
    ///   processes.
    /// - Keys and audit entries MUST be written together or not at all.
    async fn commit(
        &self,
        application: ApplicationId,
        mutation: KeyMutation,
    ) -> Result<KeyOutcome, StoreError>;

    /// Takes in a key as it is, without a decision: one whose secret the operator brings. The key and `entry` MUST be
    /// written together. Adding one whose digest exists, even revoked, MUST change nothing and answer `false`.
    async fn add(&self, key: ApiKey, entry: AuditEntry) -> Result<bool, StoreError>;

    /// The key with this digest and its application's settings, in whatever state it is.
    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError>;

    /// The key of an application with this id, in whatever state it is.
    async fn find_by_id(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<Option<ApiKey>, StoreError>;

    /// The application of the key with this id, for the operator alone.
    async fn application_of(&self, id: KeyId) -> Result<Option<ApplicationId>, StoreError>;

    /// The keys of an application, oldest first: all that live at `now`, and of the others the latest
    /// [`ApiKey::MAX_ENDED_LISTED`] by the time they were made.
    async fn list(
        &self,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError>;

    /// Notes that a key of an application was used, unless that was noted less than [`ApiKey::USE_IS_NOTED_EVERY`] before
    /// `at`. `last_used_at` MUST never run backwards and MUST NOT be written more often, by however many processes.
    async fn touch(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
