//! Applications and API keys: operator use cases, key use cases of callers, and authentication.

mod commands;
mod keys;

pub use keys::{KeyCreated, KeyError, KeyRotated, KeyService};

use std::sync::Arc;

use thiserror::Error;

use self::commands::KeyCommand;
use super::Contexts;
use crate::model::{
    ApiKey, ApiKeySecret, Application, ApplicationId, ApplicationName, ApplicationSettings,
    Environment, KeyGrant, KeyId, KeyState, Setting,
};
use crate::ports::{ApplicationStore, Clock, Entropy, KeyStore, StoreError};
use crate::rules::keys::{
    KeyRejection, KeyRotation, NewKey, NewSecret, decide_revoke, expiry, imported,
};
use crate::rules::settings_entry;

/// Error of an access use case.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccessError {
    /// The application does not exist.
    #[error("there is no application {0}")]
    UnknownApplication(ApplicationId),
    /// Concurrent changes of the application's settings prevented the commit.
    #[error("the settings of application {0} are being changed by others")]
    Contended(ApplicationId),
    /// The key rules reject the command.
    #[error(transparent)]
    Refused(#[from] KeyRejection),
    /// The environment in the secret's prefix differs from the application's environment.
    #[error("the key's prefix names another environment than its application's")]
    WrongEnvironment,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Use cases for applications and keys.
pub struct AccessService {
    applications: Arc<dyn ApplicationStore>,
    keys: Arc<dyn KeyStore>,
    contexts: Contexts,
}

impl AccessService {
    /// The application that the first start creates; commands without an application use it.
    pub const DEFAULT_APPLICATION: ApplicationId =
        ApplicationId::new(uuid::Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001));

    /// Creates the service with its ports.
    pub fn new(
        applications: Arc<dyn ApplicationStore>,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { applications, keys, contexts: Contexts { clock, entropy } }
    }

    /// Creates the default application unless it exists. Returns whether it was created.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn ensure_default_application(
        &self,
        name: ApplicationName,
    ) -> Result<bool, AccessError> {
        let application = self.new_application(Self::DEFAULT_APPLICATION, name, Environment::Live);
        Ok(self.applications.add(application).await?)
    }

    /// Creates an application.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn create_application(
        &self,
        name: ApplicationName,
        environment: Environment,
    ) -> Result<Application, AccessError> {
        let id = ApplicationId::new(self.contexts.random_uuid());
        let application = self.new_application(id, name, environment);
        self.applications.add(application.clone()).await?;
        Ok(application)
    }

    /// Returns all applications, oldest first.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn applications(&self) -> Result<Vec<Application>, AccessError> {
        Ok(self.applications.list().await?)
    }

    /// Changes settings of an application for the operator. Servers apply them when their cached keys expire.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Contended`], [`AccessError::Store`].
    pub async fn change_settings(
        &self,
        id: ApplicationId,
        settings: &[Setting],
    ) -> Result<Application, AccessError> {
        const MOST_TRIES: usize = 5;
        for _ in 0..MOST_TRIES {
            let application = self.application(id).await?;
            let before = application.settings;
            let after = settings.iter().fold(before, |known, setting| known.with(*setting));
            if after == before {
                return Ok(application);
            }
            let context = self.contexts.of_system(application.environment);
            let entry = settings_entry(&application, &after, &context);
            let replaced = self.applications.replace_settings(id, before, after, entry);
            if replaced.await? {
                return Ok(Application { settings: after, ..application });
            }
        }
        Err(AccessError::Contended(id))
    }

    /// Creates a key of an application with a random secret on behalf of the operator.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Refused`], [`AccessError::Store`].
    pub async fn create_key(
        &self,
        application: ApplicationId,
        new: NewKey,
    ) -> Result<KeyCreated, AccessError> {
        Ok(self.command(application).await?.create(new).await?)
    }

    /// Creates a key with a secret chosen by the operator; `false` if one, even a revoked one, has this secret.
    ///
    /// # Errors
    /// [`AccessError`]: unknown application, wrong environment, refused or store.
    pub async fn import_key(
        &self,
        application: ApplicationId,
        new: NewKey,
        secret: &ApiKeySecret,
    ) -> Result<bool, AccessError> {
        let application = self.application(application).await?;
        if application.environment != secret.environment() {
            return Err(AccessError::WrongEnvironment);
        }
        let context = self.contexts.of_system(application.environment);
        if new.expires_at.is_some_and(|at| expiry(at, context.at).is_err()) {
            return Err(KeyRejection::ExpiryNotAhead.into());
        }
        let key = NewSecret::of(secret).key(new, application.id, &context);
        let entry = imported(&key, &context);
        Ok(self.keys.add(key, entry).await?)
    }

    /// Returns the keys of an application, oldest first: all valid keys and the most recently ended ones.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Store`].
    pub async fn keys(&self, application: ApplicationId) -> Result<Vec<ApiKey>, AccessError> {
        let application = self.application(application).await?;
        Ok(self.keys.list(application.id, self.contexts.now()).await?)
    }

    /// Returns the application of a key. For operators only: the lookup is not limited to one application.
    ///
    /// # Errors
    /// [`AccessError::Refused`] if the key does not exist, [`AccessError::Store`].
    pub async fn application_of_key(&self, id: KeyId) -> Result<ApplicationId, AccessError> {
        let found = self.keys.application_of(id).await?;
        Ok(found.ok_or(KeyRejection::NotFound)?)
    }

    /// Revokes a key of an application immediately and permanently on behalf of the operator, even the last owner key.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Refused`], [`AccessError::Store`].
    pub async fn revoke_key(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<ApiKey, AccessError> {
        Ok(self.command(application).await?.change(id, decide_revoke).await?)
    }

    /// Replaces a key with a new one on behalf of the operator; the old key is accepted for the grace period.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Refused`], [`AccessError::Store`].
    pub async fn rotate_key(
        &self,
        application: ApplicationId,
        id: KeyId,
        rotation: KeyRotation,
    ) -> Result<KeyRotated, AccessError> {
        Ok(self.command(application).await?.rotate(id, rotation).await?)
    }

    /// Returns the grant of a secret; `None` for an unknown, expired or revoked key.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn authenticate(
        &self,
        secret: &ApiKeySecret,
    ) -> Result<Option<KeyGrant>, AccessError> {
        let grant = self.keys.find(secret.digest()).await?;
        Ok(grant.filter(|grant| grant.key.state(self.contexts.now()) == KeyState::Valid))
    }

    /// Records that a key of an application was used.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn note_use(&self, application: ApplicationId, id: KeyId) -> Result<(), AccessError> {
        Ok(self.keys.touch(application, id, self.contexts.now()).await?)
    }

    async fn command(&self, application: ApplicationId) -> Result<KeyCommand<'_>, AccessError> {
        let application = self.application(application).await?;
        Ok(KeyCommand {
            keys: &*self.keys,
            application: application.id,
            context: self.contexts.of_system(application.environment),
        })
    }

    async fn application(&self, id: ApplicationId) -> Result<Application, AccessError> {
        self.applications.find(id).await?.ok_or(AccessError::UnknownApplication(id))
    }

    fn new_application(
        &self,
        id: ApplicationId,
        name: ApplicationName,
        environment: Environment,
    ) -> Application {
        Application {
            id,
            name,
            environment,
            settings: ApplicationSettings::default(),
            created_at: self.contexts.now(),
        }
    }
}

impl From<KeyError> for AccessError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Refused(rejection) => Self::Refused(rejection),
            KeyError::Store(error) => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests;
