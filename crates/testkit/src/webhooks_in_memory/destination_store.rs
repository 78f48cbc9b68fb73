//! Destinations and their secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::webhooks::{
    DeliveryStats, Destination, DestinationDetail, DestinationOverview, DestinationState,
    DestinationUrl, SealedSecret,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use users_domain::ports::{
    AddDestinationError, ChangeDestinationError, DestinationChange, DestinationStore,
    SigningTarget, StoreError,
};

use super::secrets::Secrets;
use super::{File, Health, MemoryWebhooks, State};

#[async_trait]
impl DestinationStore for MemoryWebhooks {
    async fn add(
        &self,
        mut destination: Destination,
        secret: SealedSecret,
    ) -> Result<(), AddDestinationError> {
        let now = self.time();
        if let DestinationState::Disabled { since, .. } = &mut destination.state {
            *since = now;
        }
        let application = destination.application;
        if self.applications.find(application).await?.is_none() {
            let reason = format!("a destination of the unknown application {application}");
            return Err(StoreError::Defect { reason }.into());
        }
        let mut webhooks = self.lock();
        if webhooks.has_url(application, &destination.url, None) {
            return Err(AddDestinationError::Duplicate);
        }
        if webhooks.of(application).count() >= Destination::MAX_PER_APPLICATION {
            return Err(AddDestinationError::TooMany);
        }
        let number = webhooks.number_of_a_secret();
        let file = File {
            secrets: Secrets::new(number, secret, now),
            stats: DeliveryStats::default(),
            health: Health::HEALTHY,
            waiting: BTreeMap::new(),
            dead_letters: BTreeMap::new(),
            attempts: Vec::new(),
            recoveries: Vec::new(),
            destination,
        };
        let id = (application, file.destination.id);
        webhooks.files.entry(id).or_insert(file);
        Ok(())
    }

    async fn list(
        &self,
        application: ApplicationId,
    ) -> Result<Vec<DestinationOverview>, StoreError> {
        let state = self.lock();
        let mut destinations: Vec<_> = state.of(application).map(File::overview).collect();
        destinations
            .sort_by_key(|overview| (overview.destination.created_at, overview.destination.id));
        Ok(destinations)
    }

    async fn find(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<DestinationDetail>, StoreError> {
        let now = self.time();
        let state = self.lock();
        let file = state.files.get(&(application, id));
        Ok(file.map(|file| file.detail(now)))
    }

    async fn change(
        &self,
        application: ApplicationId,
        id: DestinationId,
        change: DestinationChange,
        at: Timestamp,
    ) -> Result<DestinationDetail, ChangeDestinationError> {
        let now = self.time();
        let mut webhooks = self.lock();
        if !webhooks.files.contains_key(&(application, id)) {
            return Err(ChangeDestinationError::NotFound);
        }
        let url = change.url.as_ref();
        if url.is_some_and(|url| webhooks.has_url(application, url, Some(id))) {
            return Err(ChangeDestinationError::Duplicate);
        }
        let file = webhooks.files.get_mut(&(application, id));
        let file = file.ok_or(ChangeDestinationError::NotFound)?;
        file.change(change, at, now);
        Ok(file.detail(now))
    }

    async fn remove(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<bool, StoreError> {
        let removed = self.lock().files.remove(&(application, id));
        Ok(removed.is_some())
    }

    async fn rotate_secret(
        &self,
        application: ApplicationId,
        id: DestinationId,
        secret: SealedSecret,
        grace: Duration,
    ) -> Result<bool, StoreError> {
        let now = self.time();
        let mut state = self.lock();
        let number = state.number_of_a_secret();
        let Some(file) = state.files.get_mut(&(application, id)) else {
            return Ok(false);
        };
        file.secrets.rotate(number, secret, grace, now);
        Ok(true)
    }

    async fn signing_target(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<SigningTarget>, StoreError> {
        let now = self.time();
        let state = self.lock();
        let file = state.files.get(&(application, id));
        Ok(file.map(|file| SigningTarget {
            url: file.destination.url.clone(),
            secrets: file.secrets.signing(now),
        }))
    }

    async fn sealed_secrets(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, DestinationId, SealedSecret)>, StoreError> {
        let state = self.lock();
        let mut secrets = Vec::new();
        for ((_, destination), file) in &state.files {
            for secret in file.secrets.all() {
                if after.is_none_or(|after| secret.number > after) {
                    secrets.push((secret.number, *destination, secret.sealed.clone()));
                }
            }
        }
        secrets.sort_by_key(|(number, ..)| *number);
        secrets.truncate(limit);
        Ok(secrets)
    }

    async fn replace_sealed(
        &self,
        number: i64,
        before: SealedSecret,
        anew: SealedSecret,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let secret = state
            .files
            .values_mut()
            .flat_map(|file| file.secrets.all_mut())
            .find(|secret| secret.number == number && secret.sealed == before);
        let found = secret.is_some();
        if let Some(secret) = secret {
            secret.sealed = anew;
        }
        Ok(found)
    }
}

impl State {
    fn of(&self, application: ApplicationId) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |((owner, _), _)| *owner == application).map(|(_, file)| file)
    }

    /// Whether one of the application's destinations, other than `except`, has this URL.
    fn has_url(
        &self,
        application: ApplicationId,
        url: &DestinationUrl,
        except: Option<DestinationId>,
    ) -> bool {
        self.of(application)
            .any(|file| file.destination.url == *url && Some(file.destination.id) != except)
    }

    fn number_of_a_secret(&mut self) -> i64 {
        self.next_secret += 1;
        self.next_secret
    }
}

impl File {
    fn change(&mut self, change: DestinationChange, at: Timestamp, now: Timestamp) {
        let Some(changed) = change.apply(&self.destination, at, now) else {
            return;
        };
        if changed.resets_health() {
            self.health = Health::HEALTHY;
        }
        if changed.skips_waiting() {
            self.skip_waiting(now);
        }
        if changed.is_enabled() {
            for delivery in self.waiting.values_mut() {
                delivery.postponed = false;
            }
        }
        self.destination = changed.after;
    }
}
