//! Applications and API keys.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{
    ApiKey, Application, ApplicationId, ApplicationSettings, AuditEntry, KeyDigest, KeyGrant,
    KeyId, Timestamp,
};

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

/// Keeps API keys. Looking one up by its digest is the one query that names no application: it finds out which.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Adds a key. Adding one whose digest exists, even revoked, MUST change nothing and answer `false`.
    async fn add(&self, key: ApiKey) -> Result<bool, StoreError>;

    /// The key with this digest and its application's settings, in whatever state it is.
    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError>;

    /// The keys of an application, oldest first, revoked ones included.
    async fn list(&self, application: ApplicationId) -> Result<Vec<ApiKey>, StoreError>;

    /// Revokes a key of an application from `at` on. Answers the key, or `None` when the application has none of this id.
    /// A key that was revoked before MUST keep its earlier time.
    async fn revoke(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError>;

    /// Notes that a key of an application was used. `last_used_at` MUST never run backwards.
    async fn touch(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
