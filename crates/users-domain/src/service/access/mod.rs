//! Applications and keys: what their operator does, what callers do with the keys of theirs, and whose a key is.

mod commands;
mod keys;

pub use keys::{KeyCreated, KeyError, KeyRotated, KeyService};

use std::sync::Arc;

use thiserror::Error;

use crate::model::{
    Actor, ApiKey, ApiKeySecret, Application, ApplicationId, ApplicationName, ApplicationSettings,
    CommandContext, Environment, KeyGrant, KeyId, KeyState, RequestId, Setting,
};
use crate::ports::{ApplicationStore, Clock, Entropy, KeyStore, StoreError};
use crate::rules::keys::{
    KeyRejection, KeyRotation, NewKey, NewSecret, decide_revoke, expiry, imported,
};
use crate::rules::settings_entry;

/// Why a use case around access did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccessError {
    /// There is no such application.
    #[error("there is no application {0}")]
    UnknownApplication(ApplicationId),
    /// Others changed the settings of the application again and again meanwhile.
    #[error("the settings of application {0} are being changed by others")]
    Contended(ApplicationId),
    /// The rules about keys say no.
    #[error(transparent)]
    Refused(#[from] KeyRejection),
    /// The given secret names another environment than the application's.
    #[error("the key's prefix names another environment than its application's")]
    WrongEnvironment,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The use cases around applications and keys.
pub struct AccessService {
    applications: Arc<dyn ApplicationStore>,
    keys: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl AccessService {
    /// The application that exists from the first start on, and that callers mean who name none.
    pub const DEFAULT_APPLICATION: ApplicationId = ApplicationId::new(uuid::Uuid::from_u128(
        0x0000_0000_0000_8000_8000_0000_0000_0001,
    ));

    /// Over these ports.
    pub fn new(
        applications: Arc<dyn ApplicationStore>,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            applications,
            keys,
            clock,
            entropy,
        }
    }

    /// Makes the default application unless it is there. Answers whether it was made now.
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

    /// Makes an application.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn create_application(
        &self,
        name: ApplicationName,
        environment: Environment,
    ) -> Result<Application, AccessError> {
        let now = self.clock.now();
        let id = ApplicationId::new(crate::model::random_uuid(now, self.entropy.seed()));
        let application = self.new_application(id, name, environment);
        self.applications.add(application.clone()).await?;
        Ok(application)
    }

    /// All applications, oldest first.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn applications(&self) -> Result<Vec<Application>, AccessError> {
        Ok(self.applications.list().await?)
    }

    /// Changes settings of an application, on behalf of its operator. Answers it as it is then. Keys that are known to a
    /// serving process follow within the time it remembers keys for.
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
            let after = settings
                .iter()
                .fold(before, |known, setting| known.with(*setting));
            if after == before {
                return Ok(application);
            }
            let entry = settings_entry(&application, &after, &self.operator_stamp(&application));
            if self
                .applications
                .replace_settings(id, before, after, entry)
                .await?
            {
                return Ok(Application {
                    settings: after,
                    ..application
                });
            }
        }
        Err(AccessError::Contended(id))
    }

    fn operator_stamp(&self, application: &Application) -> CommandContext {
        let at = self.clock.now();
        let request = crate::model::random_uuid(at, self.entropy.seed());
        CommandContext {
            at,
            seed: self.entropy.seed(),
            actor: Actor::System,
            request_id: RequestId::from_uuid(request),
            environment: application.environment,
        }
    }

    /// Makes a key of an application with a random secret, on behalf of its operator.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Refused`], [`AccessError::Store`].
    pub async fn create_key(
        &self,
        application: ApplicationId,
        new: NewKey,
    ) -> Result<KeyCreated, AccessError> {
        let application = self.application(application).await?;
        let context = self.operator_stamp(&application);
        Ok(commands::create(&*self.keys, application.id, new, context).await?)
    }

    /// Makes a key of an application with a secret that the operator chose. Does nothing, and answers `false`, where a key
    /// of this secret exists, even a revoked one: a key is never revived.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::WrongEnvironment`], [`AccessError::Refused`],
    /// [`AccessError::Store`].
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
        let context = self.operator_stamp(&application);
        if let Some(at) = new.expires_at {
            expiry(at, context.at).map_err(|_| KeyRejection::ExpiryNotAhead)?;
        }
        let key = NewSecret::of(secret).key(new, application.id, &context);
        let entry = imported(&key, &context);
        Ok(self.keys.add(key, entry).await?)
    }

    /// The keys of an application, oldest first: all that live, and the latest that have ended.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Store`].
    pub async fn keys(&self, application: ApplicationId) -> Result<Vec<ApiKey>, AccessError> {
        let application = self.application(application).await?;
        Ok(self.keys.list(application.id, self.clock.now()).await?)
    }

    /// The application of a key, for the operator alone.
    ///
    /// # Errors
    /// [`AccessError::Refused`] if there is no such key, [`AccessError::Store`].
    pub async fn application_of_key(&self, id: KeyId) -> Result<ApplicationId, AccessError> {
        let found = self.keys.application_of(id).await?;
        Ok(found.ok_or(KeyRejection::NotFound)?)
    }

    /// Revokes a key of an application at once and for good, on behalf of its operator, be it the last one.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Refused`], [`AccessError::Store`].
    pub async fn revoke_key(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<ApiKey, AccessError> {
        let application = self.application(application).await?;
        let revocation = commands::about(id, &self.operator_stamp(&application), decide_revoke);
        let outcome = self.keys.commit(application.id, revocation).await?;
        Ok(commands::key_after(outcome)?)
    }

    /// Makes a key in the place of another on behalf of the operator; the other one is accepted for the grace period.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Refused`], [`AccessError::Store`].
    pub async fn rotate_key(
        &self,
        application: ApplicationId,
        id: KeyId,
        rotation: KeyRotation,
    ) -> Result<KeyRotated, AccessError> {
        let application = self.application(application).await?;
        let context = self.operator_stamp(&application);
        Ok(commands::rotate(&*self.keys, application.id, id, rotation, &context).await?)
    }

    /// What a secret grants; `None` for an unknown, expired or revoked key.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn authenticate(
        &self,
        secret: &ApiKeySecret,
    ) -> Result<Option<KeyGrant>, AccessError> {
        let grant = self.keys.find(secret.digest()).await?;
        Ok(grant.filter(|grant| grant.key.state(self.clock.now()) == KeyState::Valid))
    }

    /// Notes that a key of an application is in use.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn note_use(&self, application: ApplicationId, id: KeyId) -> Result<(), AccessError> {
        let now = self.clock.now();
        Ok(self.keys.touch(application, id, now).await?)
    }

    async fn application(&self, id: ApplicationId) -> Result<Application, AccessError> {
        self.applications
            .find(id)
            .await?
            .ok_or(AccessError::UnknownApplication(id))
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
            created_at: self.clock.now(),
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
