//! Applications and keys.

use std::cmp::Reverse;

use async_trait::async_trait;
use users_domain::model::{
    ApiKey, Application, ApplicationId, ApplicationSettings, AuditEntry, KeyDigest, KeyGrant,
    KeyId, KeyState, Timestamp,
};
use users_domain::ports::{ApplicationStore, KeyMutation, KeyStore, StoreError};
use users_domain::rules::keys::{KeyChangeSet, KeyFacts, KeyOutcome};

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
    async fn commit(
        &self,
        application: ApplicationId,
        mutation: KeyMutation,
    ) -> Result<KeyOutcome, StoreError> {
        let mut state = self.lock();
        check_application(&state, application)?;
        let keys = || of_application(&state, application);
        let facts = KeyFacts {
            subject: keys().find(|key| Some(key.id) == mutation.subject).cloned(),
            live: keys().filter(|key| key.state(mutation.at) == KeyState::Valid).cloned().collect(),
        };
        let outcome = (mutation.decide)(&facts);
        if let KeyOutcome::Changed(set) = &outcome {
            write(&mut state, application, set)?;
        }
        Ok(outcome)
    }

    async fn add(&self, key: ApiKey, entry: AuditEntry) -> Result<bool, StoreError> {
        let mut state = self.lock();
        check_application(&state, key.application)?;
        if state.keys.contains_key(&key.digest) {
            return Ok(false);
        }
        let users = state.users.entry(key.application).or_default();
        users.note(&[entry]);
        state.keys.insert(key.digest, key);
        Ok(true)
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

    async fn find_by_id(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<Option<ApiKey>, StoreError> {
        let state = self.lock();
        let found = of_application(&state, application).find(|key| key.id == id);
        Ok(found.cloned())
    }

    async fn application_of(&self, id: KeyId) -> Result<Option<ApplicationId>, StoreError> {
        let state = self.lock();
        let found = state.keys.values().find(|key| key.id == id);
        Ok(found.map(|key| key.application))
    }

    async fn list(
        &self,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError> {
        let state = self.lock();
        let age = |key: &ApiKey| (key.created_at, key.id);
        let (mut listed, mut ended): (Vec<_>, Vec<_>) = of_application(&state, application)
            .cloned()
            .partition(|key| key.state(now) == KeyState::Valid);
        ended.sort_by_key(|key| Reverse(age(key)));
        listed.extend(ended.into_iter().take(ApiKey::MAX_ENDED_LISTED));
        listed.sort_by_key(age);
        Ok(listed)
    }

    async fn touch(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        let mut keys = state.keys.values_mut();
        let key = keys.find(|key| key.application == application && key.id == id);
        if let Some(key) = key.filter(|key| key.use_is_due(at)) {
            key.last_used_at = Some(at);
        }
        Ok(())
    }
}

fn of_application(state: &State, application: ApplicationId) -> impl Iterator<Item = &ApiKey> {
    let keys = state.keys.values();
    keys.filter(move |key| key.application == application)
}

fn check_application(state: &State, application: ApplicationId) -> Result<(), StoreError> {
    if state.applications.contains_key(&application) {
        return Ok(());
    }
    Err(StoreError::Defect { reason: format!("keys of the unknown application {application}") })
}

/// Writes the whole change set or fails before writing anything.
fn write(
    state: &mut State,
    application: ApplicationId,
    set: &KeyChangeSet,
) -> Result<(), StoreError> {
    if let Some(key) = set.added() {
        if state.keys.contains_key(&key.digest) {
            return Err(StoreError::Defect { reason: "two keys have one digest".to_owned() });
        }
        state.keys.insert(key.digest, key.clone());
    }
    if let Some(changed) = set.changed() {
        let mut keys = state.keys.values_mut();
        if let Some(key) = keys.find(|key| key.id == changed.id) {
            // The time of last use may have been recorded in the meantime.
            let last_used_at = key.last_used_at;
            *key = ApiKey { last_used_at, ..changed.clone() };
        }
    }
    state.users.entry(application).or_default().note(set.audit());
    Ok(())
}
