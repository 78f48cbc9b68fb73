//! Applications and keys.

use async_trait::async_trait;
use users_domain::model::{
    ApiKey, Application, ApplicationId, ApplicationSettings, AuditEntry, KeyDigest, KeyGrant,
    KeyId, Timestamp,
};
use users_domain::ports::{ApplicationStore, KeyStore, StoreError};

use crate::MemoryStore;
use crate::state::State;

#[async_trait]
impl ApplicationStore for MemoryStore {
    async fn add(&self, application: Application) -> Result<bool, StoreError> {
        let applications = &mut self.lock().applications;
        let new = !applications.contains_key(&application.id);
        applications.entry(application.id).or_insert(application);
        Ok(new)
    }

    async fn list(&self) -> Result<Vec<Application>, StoreError> {
        let mut applications: Vec<_> = self.lock().applications.values().cloned().collect();
        applications.sort_by_key(|application| (application.created_at, application.id));
        Ok(applications)
    }

    async fn find(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        Ok(self.lock().applications.get(&id).cloned())
    }

    async fn replace_settings(
        &self,
        id: ApplicationId,
        before: ApplicationSettings,
        after: ApplicationSettings,
        entry: AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Some(application) = state.applications.get_mut(&id) else {
            return Ok(false);
        };
        if application.settings != before {
            return Ok(false);
        }
        application.settings = after;
        state.users.entry(id).or_default().note(&[entry]);
        Ok(true)
    }
}

#[async_trait]
impl KeyStore for MemoryStore {
    async fn add(&self, key: ApiKey) -> Result<bool, StoreError> {
        let mut state = self.lock();
        if !state.applications.contains_key(&key.application) {
            return Err(StoreError::Defect {
                reason: format!("a key of the unknown application {}", key.application),
            });
        }
        let new = !state.keys.contains_key(&key.digest);
        state.keys.entry(key.digest).or_insert(key);
        Ok(new)
    }

    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError> {
        let state = self.lock();
        let grant = state.keys.get(&digest).and_then(|key| {
            let application = state.applications.get(&key.application)?;
            Some(KeyGrant {
                key: key.clone(),
                environment: application.environment,
                settings: application.settings,
            })
        });
        Ok(grant)
    }

    async fn list(&self, application: ApplicationId) -> Result<Vec<ApiKey>, StoreError> {
        let state = self.lock();
        let of_application = state
            .keys
            .values()
            .filter(|key| key.application == application);
        let mut keys: Vec<_> = of_application.cloned().collect();
        keys.sort_by_key(|key| (key.created_at, key.id));
        Ok(keys)
    }

    async fn revoke(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        let mut state = self.lock();
        Ok(key_of(&mut state, application, id).map(|key| {
            key.revoked_at.get_or_insert(at);
            key.clone()
        }))
    }

    async fn touch(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some(key) = key_of(&mut state, application, id) {
            key.last_used_at = key.last_used_at.max(Some(at));
        }
        Ok(())
    }
}

fn key_of(state: &mut State, application: ApplicationId, id: KeyId) -> Option<&mut ApiKey> {
    state
        .keys
        .values_mut()
        .find(|key| key.application == application && key.id == id)
}
