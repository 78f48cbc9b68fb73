//! Stores of applications and API keys.

use std::sync::Arc;

use async_trait::async_trait;

use super::StoreError;
use crate::model::{
    ApiKey, Application, ApplicationId, ApplicationSettings, AuditEntry, KeyDigest, KeyGrant,
    KeyId, Timestamp,
};
use crate::rules::keys::{KeyFacts, KeyOutcome};

/// Stores applications. Applications are never deleted.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ApplicationStore: Send + Sync {
    /// Adds an application. If the id already exists, the call MUST change nothing and return `false`.
    async fn add(&self, application: Application) -> Result<bool, StoreError>;

    /// Returns all applications, oldest first.
    async fn list(&self) -> Result<Vec<Application>, StoreError>;

    /// Returns the application with this id.
    async fn find(&self, id: ApplicationId) -> Result<Option<Application>, StoreError>;

    /// MUST write the settings and `entry`, both or none, and only over the settings `before`. Returns whether it did.
    async fn replace_settings(
        &self,
        id: ApplicationId,
        before: ApplicationSettings,
        after: ApplicationSettings,
        entry: AuditEntry,
    ) -> Result<bool, StoreError>;
}

/// A pure function that decides a change of keys. A store may call it repeatedly; only the last result counts.
pub type DecideKeys = Arc<dyn Fn(&KeyFacts) -> KeyOutcome + Send + Sync>;

/// A change of the keys of an application.
#[derive(Clone)]
pub struct KeyMutation {
    /// The existing key that the change concerns, if any.
    pub subject: Option<KeyId>,
    /// When the change was requested. This time determines which keys are still valid.
    pub at: Timestamp,
    /// The decision function.
    pub decide: DecideKeys,
}

/// Stores API keys. All queries are scoped to an application, except two that find the application:
/// [`find`](KeyStore::find) and [`application_of`](KeyStore::application_of).
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Runs the decision on the keys of an application and writes the result. Returns the outcome.
    ///
    /// - A decision MUST see the subject key in any state, and all valid keys of the application, but of no other.
    /// - Concurrent decisions MUST be serialised, also across processes: each sees the result of the previous one.
    /// - Keys and audit entries MUST be written atomically.
    async fn commit(
        &self,
        application: ApplicationId,
        mutation: KeyMutation,
    ) -> Result<KeyOutcome, StoreError>;

    /// Adds a key with a secret provided by the operator, without a decision. The key and `entry` MUST be written
    /// together. If the digest already exists, even as a revoked key, the call MUST change nothing and return `false`.
    async fn add(&self, key: ApiKey, entry: AuditEntry) -> Result<bool, StoreError>;

    /// Returns the key with this digest, in any state, and the settings of its application.
    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError>;

    /// Returns the key of an application with this id, in any state.
    async fn find_by_id(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<Option<ApiKey>, StoreError>;

    /// Returns the application of the key with this id. For operator commands only.
    async fn application_of(&self, id: KeyId) -> Result<Option<ApplicationId>, StoreError>;

    /// Returns all keys valid at `now`, and the [`ApiKey::MAX_ENDED_LISTED`] newest others, oldest first.
    async fn list(
        &self,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError>;

    /// Records that a key was used, unless a use was recorded less than [`ApiKey::LAST_USED_RESOLUTION`] before `at`.
    /// `last_used_at` MUST never decrease and MUST NOT be written more often, even with several processes.
    async fn touch(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
