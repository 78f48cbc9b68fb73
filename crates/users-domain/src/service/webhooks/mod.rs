//! Webhook destination use cases. Scheduled deliveries are sent elsewhere. Tests and resends are sent immediately,
//! outside the queue, and do not change the destination's schedule or circuit breaker.

mod creation;
mod error;
mod send_limiter;
mod sending;

pub use creation::{DestinationCreated, NewDestination};
pub use error::DestinationError;
pub use sending::TestReport;

use std::sync::Arc;

use self::creation::{destination, with_empty_statistics};
use self::send_limiter::SendLimiter;
use crate::model::webhooks::{
    Attempt, AttemptPage, AttemptQuery, Destination, DestinationDetail, DestinationOverview,
    DestinationUrl, Recovery, RecoveryState, RotationGrace, SealedSecret, WebhookSecret,
};
use crate::model::{
    AttemptId, Caller, CommandContext, DestinationId, Operation, RecoveryId, Timestamp,
};
use crate::ports::{
    AttemptLog, Clock, DestinationChange, DestinationStore, Entropy, RecoveryStore, SecretVault,
    SigningTarget, TestEventEncoder, UrlPolicy, UrlRefused, WebhookSender,
};
use crate::service::authorize;

/// Ports of the destination use cases.
#[derive(Clone)]
pub struct DestinationPorts {
    /// Stores destinations.
    pub destinations: Arc<dyn DestinationStore>,
    /// Stores delivery attempts.
    pub attempts: Arc<dyn AttemptLog>,
    /// Stores recoveries.
    pub recoveries: Arc<dyn RecoveryStore>,
    /// Seals and opens secrets.
    pub vault: Arc<dyn SecretVault>,
    /// Validates URLs.
    pub urls: Arc<dyn UrlPolicy>,
    /// Sends webhooks.
    pub sender: Arc<dyn WebhookSender>,
    /// Encodes test events.
    pub test_events: Arc<dyn TestEventEncoder>,
    /// Current time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// Webhook destination use cases.
pub struct DestinationService {
    ports: DestinationPorts,
    send_limiter: SendLimiter,
}

impl DestinationService {
    /// Creates the service with its ports.
    #[must_use]
    pub fn new(ports: DestinationPorts) -> Self {
        Self { ports, send_limiter: SendLimiter::default() }
    }

    /// Validates the URL of a destination. Also called by the API layer, to report it with other invalid fields.
    ///
    /// # Errors
    /// [`UrlRefused`].
    pub fn accept_url(&self, text: &str) -> Result<DestinationUrl, UrlRefused> {
        self.ports.urls.accept(text)
    }

    /// Creates a destination with a random secret.
    ///
    /// # Errors
    /// [`DestinationError`]: forbidden, duplicate, too many, vault or store.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewDestination,
    ) -> Result<DestinationCreated, DestinationError> {
        require(caller, Operation::ManageDestinations)?;
        let context = self.context(caller);
        let application = caller.application();
        let id = context.derive_uuid("destination", application.uuid().as_bytes(), 0);
        let id = DestinationId::new(id);
        let (secret, sealed) = self.new_secret(&context, id)?;
        let destination = destination(caller, id, new, context.at);
        self.ports.destinations.add(destination.clone(), sealed).await?;
        Ok(DestinationCreated { detail: with_empty_statistics(destination), secret })
    }

    /// Returns all destinations of the application, oldest first.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::Store`].
    pub async fn list(
        &self,
        caller: &Caller,
    ) -> Result<Vec<DestinationOverview>, DestinationError> {
        require(caller, Operation::ReadDestinations)?;
        Ok(self.ports.destinations.list(caller.application()).await?)
    }

    /// Returns one destination with its delivery statistics.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn find(
        &self,
        caller: &Caller,
        id: DestinationId,
    ) -> Result<DestinationDetail, DestinationError> {
        require(caller, Operation::ReadDestinations)?;
        let found = self.ports.destinations.find(caller.application(), id).await?;
        found.ok_or(DestinationError::DestinationNotFound)
    }

    /// Changes a destination, but not its secret. `known` is the destination as read before. Setting `enabled` to its
    /// current value is not a change, so a destination that the service disabled keeps its reason.
    ///
    /// # Errors
    /// [`DestinationError`]: forbidden, destination not found, duplicate or store.
    pub async fn update(
        &self,
        caller: &Caller,
        known: &Destination,
        change: DestinationChange,
    ) -> Result<DestinationDetail, DestinationError> {
        require(caller, Operation::ManageDestinations)?;
        let now = self.ports.clock.now();
        let is_enabled = known.state.is_enabled();
        let change = DestinationChange {
            enabled: change.enabled.filter(|enabled| *enabled != is_enabled),
            ..change
        };
        Ok(self.ports.destinations.change(caller.application(), known.id, change, now).await?)
    }

    /// Deletes a destination with its queue and attempt log.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn delete(&self, caller: &Caller, id: DestinationId) -> Result<(), DestinationError> {
        require(caller, Operation::ManageDestinations)?;
        found(self.ports.destinations.remove(caller.application(), id).await?)
    }

    /// Creates a new secret and returns it once; the previous secrets also sign during the grace period.
    ///
    /// # Errors
    /// [`DestinationError`]: forbidden, destination not found, vault or store.
    pub async fn rotate_secret(
        &self,
        caller: &Caller,
        id: DestinationId,
        grace: RotationGrace,
    ) -> Result<WebhookSecret, DestinationError> {
        require(caller, Operation::ManageDestinations)?;
        let (secret, sealed) = self.new_secret(&self.context(caller), id)?;
        let (application, grace) = (caller.application(), grace.duration());
        found(self.ports.destinations.rotate_secret(application, id, sealed, grace).await?)?;
        Ok(secret)
    }

    /// Returns one page of a destination's deliveries (attempts), newest first.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn deliveries(
        &self,
        caller: &Caller,
        destination: DestinationId,
        query: &AttemptQuery,
    ) -> Result<AttemptPage, DestinationError> {
        require(caller, Operation::ReadDestinations)?;
        let application = caller.application();
        let page = self.ports.attempts.list(application, destination, query).await?;
        if page.attempts.is_empty() {
            self.target(caller, destination).await?;
        }
        Ok(page)
    }

    /// Returns one delivery (attempt) of a destination.
    ///
    /// # Errors
    /// [`DestinationError`]: forbidden, destination or delivery not found, or store.
    pub async fn delivery(
        &self,
        caller: &Caller,
        destination: DestinationId,
        id: AttemptId,
    ) -> Result<Attempt, DestinationError> {
        require(caller, Operation::ReadDestinations)?;
        let attempts = &self.ports.attempts;
        let found = attempts.find(caller.application(), destination, id).await?;
        if found.is_none() {
            self.target(caller, destination).await?;
        }
        found.ok_or(DestinationError::DeliveryNotFound)
    }

    /// Starts a recovery: requeues deliveries that were dead-lettered at or after `since`.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn start_recovery(
        &self,
        caller: &Caller,
        destination: DestinationId,
        since: Timestamp,
    ) -> Result<Recovery, DestinationError> {
        require(caller, Operation::ManageDestinations)?;
        let context = self.context(caller);
        let id = context.derive_uuid("recovery", destination.uuid().as_bytes(), 0);
        let recovery = Recovery {
            id: RecoveryId::new(id),
            application: caller.application(),
            destination,
            since,
            state: RecoveryState::Running,
            recovered: 0,
            created_at: context.at,
            finished_at: None,
        };
        let started = self.ports.recoveries.start(recovery).await?;
        started.ok_or(DestinationError::DestinationNotFound)
    }

    /// Returns a recovery with its progress.
    ///
    /// # Errors
    /// [`DestinationError`]: forbidden, destination or recovery not found, or store.
    pub async fn recovery(
        &self,
        caller: &Caller,
        destination: DestinationId,
        id: RecoveryId,
    ) -> Result<Recovery, DestinationError> {
        require(caller, Operation::ReadDestinations)?;
        let recoveries = &self.ports.recoveries;
        let found = recoveries.find(caller.application(), destination, id).await?;
        if found.is_none() {
            self.target(caller, destination).await?;
        }
        found.ok_or(DestinationError::RecoveryNotFound)
    }

    /// The signing target: the smallest row set that every destination has.
    async fn target(
        &self,
        caller: &Caller,
        id: DestinationId,
    ) -> Result<SigningTarget, DestinationError> {
        let target = self.ports.destinations.signing_target(caller.application(), id).await?;
        target.ok_or(DestinationError::DestinationNotFound)
    }

    fn context(&self, caller: &Caller) -> CommandContext {
        caller.context(self.ports.clock.now(), self.ports.entropy.seed())
    }

    fn new_secret(
        &self,
        context: &CommandContext,
        owner: DestinationId,
    ) -> Result<(WebhookSecret, SealedSecret), DestinationError> {
        let secret = context.derive_secret("webhook", owner.uuid().as_bytes());
        let secret = WebhookSecret::from_bytes(secret);
        let sealed = self.ports.vault.seal(&secret, owner)?;
        Ok((secret, sealed))
    }
}

fn require(caller: &Caller, operation: Operation) -> Result<(), DestinationError> {
    authorize(caller, operation).map_err(|_| DestinationError::Forbidden)
}

const fn found(exists: bool) -> Result<(), DestinationError> {
    if exists { Ok(()) } else { Err(DestinationError::DestinationNotFound) }
}

#[cfg(test)]
mod tests;
