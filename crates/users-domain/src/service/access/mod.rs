//! Applications and keys: making, finding and revoking them.

use std::sync::Arc;

use thiserror::Error;

use crate::model::{
    Actor, AllowedNetworks, ApiKey, ApiKeySecret, Application, ApplicationId, ApplicationName,
    ApplicationSettings, Environment, KeyGrant, KeyId, KeyKind, KeyLimits, KeyName, KeyState,
    RequestId, Setting, Stamp, Timestamp,
};
use crate::ports::{ApplicationStore, Clock, Entropy, KeyStore, StoreError};
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
    /// There is no such key.
    #[error("there is no key {0}")]
    UnknownKey(KeyId),
    /// The expiry lies in the past.
    #[error("the key would have expired already")]
    AlreadyExpired,
    /// The given secret names another environment than the application's.
    #[error("the key's prefix names another environment than its application's")]
    WrongEnvironment,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The wish for a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Whose.
    pub application: ApplicationId,
    /// What people call it.
    pub name: KeyName,
    /// Its role, or service.
    pub kind: KeyKind,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// Where it is accepted from.
    pub allowed_ips: AllowedNetworks,
    /// How much it may ask for.
    pub limits: KeyLimits,
}

/// A new key with its secret, which nobody can see again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCreated {
    /// What is kept.
    pub key: ApiKey,
    /// What is shown once.
    pub secret: ApiKeySecret,
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

    fn operator_stamp(&self, application: &Application) -> Stamp {
        let at = self.clock.now();
        let request = crate::model::random_uuid(at, self.entropy.seed());
        Stamp {
            at,
            seed: self.entropy.seed(),
            actor: Actor::System,
            request_id: RequestId::from_uuid(request),
            environment: application.environment,
        }
    }

    /// Makes a key with a random secret.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::AlreadyExpired`], [`AccessError::Store`].
    pub async fn create_key(&self, new: NewKey) -> Result<KeyCreated, AccessError> {
        let application = self.application(new.application).await?;
        let secret = ApiKeySecret::generate(application.environment, self.entropy.seed());
        let key = self.key(new, &secret)?;
        self.keys.add(key.clone()).await?;
        Ok(KeyCreated { key, secret })
    }

    /// Makes a key with a secret that the operator chose. Does nothing, and answers `false`, where a key of this secret
    /// exists, even a revoked one: a key is never revived.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::WrongEnvironment`], [`AccessError::AlreadyExpired`],
    /// [`AccessError::Store`].
    pub async fn import_key(
        &self,
        new: NewKey,
        secret: &ApiKeySecret,
    ) -> Result<bool, AccessError> {
        let application = self.application(new.application).await?;
        if application.environment != secret.environment() {
            return Err(AccessError::WrongEnvironment);
        }
        let key = self.key(new, secret)?;
        Ok(self.keys.add(key).await?)
    }

    /// The keys of an application, oldest first.
    ///
    /// # Errors
    /// [`AccessError::UnknownApplication`], [`AccessError::Store`].
    pub async fn keys(&self, application: ApplicationId) -> Result<Vec<ApiKey>, AccessError> {
        let application = self.application(application).await?;
        Ok(self.keys.list(application.id).await?)
    }

    /// Revokes a key of an application at once and for good.
    ///
    /// # Errors
    /// [`AccessError::UnknownKey`], [`AccessError::Store`].
    pub async fn revoke_key(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<ApiKey, AccessError> {
        self.keys
            .revoke(application, id, self.clock.now())
            .await?
            .ok_or(AccessError::UnknownKey(id))
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

    fn key(&self, new: NewKey, secret: &ApiKeySecret) -> Result<ApiKey, AccessError> {
        let now = self.clock.now();
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(AccessError::AlreadyExpired);
        }
        Ok(ApiKey {
            id: KeyId::new(crate::model::random_uuid(now, self.entropy.seed())),
            application: new.application,
            name: new.name,
            kind: new.kind,
            digest: secret.digest(),
            prefix: secret.shown_prefix(),
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
            allowed_ips: new.allowed_ips,
            limits: new.limits,
        })
    }
}

#[cfg(test)]
mod tests;
