//! What can be done with webhook destinations. What is due is delivered elsewhere; the two use cases that send (a test, and
//! an event once more) do so at once, beside the queue, and leave the destination's schedule and breaker alone.

mod creation;
mod error;
mod send_limiter;
mod sending;

pub use creation::{DestinationCreated, NewDestination};
pub use error::DestinationError;
pub use sending::TestReport;

use std::sync::Arc;

use self::creation::{destination, untried};
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
    TestEventEncoder, UrlPolicy, UrlRefused, WebhookSender,
};
use crate::service::authorize;

/// What the use cases around destinations need.
#[derive(Clone)]
pub struct DestinationPorts {
    /// Keeps destinations.
    pub destinations: Arc<dyn DestinationStore>,
    /// Keeps what was tried.
    pub attempts: Arc<dyn AttemptLog>,
    /// Keeps recoveries.
    pub recoveries: Arc<dyn RecoveryStore>,
    /// Seals and opens secrets.
    pub vault: Arc<dyn SecretVault>,
    /// Judges URLs.
    pub urls: Arc<dyn UrlPolicy>,
    /// Sends.
    pub sender: Arc<dyn WebhookSender>,
    /// Writes test events.
    pub test_events: Arc<dyn TestEventEncoder>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The use cases around webhook destinations.
pub struct DestinationService {
    ports: DestinationPorts,
    room: SendLimiter,
}

impl DestinationService {
    /// Over these ports.
    #[must_use]
    pub fn new(ports: DestinationPorts) -> Self {
        Self {
            ports,
            room: SendLimiter::default(),
        }
    }

    /// The URL of a destination, if it may be called; for the edge, so that it is refused together with other fields.
    ///
    /// # Errors
    /// [`UrlRefused`].
    pub fn accept_url(&self, text: &str) -> Result<DestinationUrl, UrlRefused> {
        self.ports.urls.accept(text)
    }

    /// Makes a destination with a random secret.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::Duplicate`], [`DestinationError::TooMany`],
    /// [`DestinationError::Vault`], [`DestinationError::Store`].
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewDestination,
    ) -> Result<DestinationCreated, DestinationError> {
        may(caller, Operation::ManageDestinations)?;
        let context = self.context(caller);
        let application = caller.application();
        let id = DestinationId::new(context.derive_uuid(
            "destination",
            application.uuid().as_bytes(),
            0,
        ));
        let (secret, sealed) = self.new_secret(&context, id)?;
        let destination = destination(caller, id, new, context.at);
        self.ports
            .destinations
            .add(destination.clone(), sealed)
            .await?;
        Ok(DestinationCreated {
            detail: untried(destination),
            secret,
        })
    }

    /// All destinations of the application, oldest first.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::Store`].
    pub async fn list(
        &self,
        caller: &Caller,
    ) -> Result<Vec<DestinationOverview>, DestinationError> {
        may(caller, Operation::ReadDestinations)?;
        Ok(self.ports.destinations.list(caller.application()).await?)
    }

    /// One destination, and how it fares.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn find(
        &self,
        caller: &Caller,
        id: DestinationId,
    ) -> Result<DestinationDetail, DestinationError> {
        may(caller, Operation::ReadDestinations)?;
        self.ports
            .destinations
            .find(caller.application(), id)
            .await?
            .ok_or(DestinationError::DestinationNotFound)
    }

    /// Changes a destination, which was read before; never its secret. What it is already is no change, so one that the
    /// service turned off stays so where it is to be off.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Duplicate`],
    /// [`DestinationError::Store`].
    pub async fn update(
        &self,
        caller: &Caller,
        known: &Destination,
        change: DestinationChange,
    ) -> Result<DestinationDetail, DestinationError> {
        may(caller, Operation::ManageDestinations)?;
        let now = self.ports.clock.now();
        let is_enabled = known.state.is_enabled();
        let change = DestinationChange {
            enabled: change.enabled.filter(|enabled| *enabled != is_enabled),
            ..change
        };
        let application = caller.application();
        let destinations = &self.ports.destinations;
        let changed = destinations.change(application, known.id, change, now);
        Ok(changed.await?)
    }

    /// Removes a destination with its queue and its log.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn delete(&self, caller: &Caller, id: DestinationId) -> Result<(), DestinationError> {
        may(caller, Operation::ManageDestinations)?;
        let removed = self
            .ports
            .destinations
            .remove(caller.application(), id)
            .await?;
        found(removed)
    }

    /// Gives a destination a new secret, which nobody can see again; the ones before sign along for a while.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Vault`],
    /// [`DestinationError::Store`].
    pub async fn rotate_secret(
        &self,
        caller: &Caller,
        id: DestinationId,
        grace: RotationGrace,
    ) -> Result<WebhookSecret, DestinationError> {
        may(caller, Operation::ManageDestinations)?;
        let (secret, sealed) = self.new_secret(&self.context(caller), id)?;
        let rotated = self
            .ports
            .destinations
            .rotate_secret(caller.application(), id, sealed, grace.duration())
            .await?;
        found(rotated)?;
        Ok(secret)
    }

    /// One page of a destination's deliveries (attempts), newest first.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn deliveries(
        &self,
        caller: &Caller,
        destination: DestinationId,
        query: &AttemptQuery,
    ) -> Result<AttemptPage, DestinationError> {
        may(caller, Operation::ReadDestinations)?;
        let application = caller.application();
        let page = self
            .ports
            .attempts
            .list(application, destination, query)
            .await?;
        if page.attempts.is_empty() {
            self.check_destination(caller, destination).await?;
        }
        Ok(page)
    }

    /// One delivery (attempt) of a destination.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`],
    /// [`DestinationError::DeliveryNotFound`], [`DestinationError::Store`].
    pub async fn delivery(
        &self,
        caller: &Caller,
        destination: DestinationId,
        id: AttemptId,
    ) -> Result<Attempt, DestinationError> {
        may(caller, Operation::ReadDestinations)?;
        let attempts = &self.ports.attempts;
        let found = attempts.find(caller.application(), destination, id).await?;
        let Some(attempt) = found else {
            self.check_destination(caller, destination).await?;
            return Err(DestinationError::DeliveryNotFound);
        };
        Ok(attempt)
    }

    /// Starts to put back what was given up on at or after a time.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`], [`DestinationError::Store`].
    pub async fn start_recovery(
        &self,
        caller: &Caller,
        destination: DestinationId,
        since: Timestamp,
    ) -> Result<Recovery, DestinationError> {
        may(caller, Operation::ManageDestinations)?;
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

    /// How far a recovery is.
    ///
    /// # Errors
    /// [`DestinationError::Forbidden`], [`DestinationError::DestinationNotFound`],
    /// [`DestinationError::RecoveryNotFound`], [`DestinationError::Store`].
    pub async fn recovery(
        &self,
        caller: &Caller,
        destination: DestinationId,
        id: RecoveryId,
    ) -> Result<Recovery, DestinationError> {
        may(caller, Operation::ReadDestinations)?;
        let recoveries = &self.ports.recoveries;
        let found = recoveries
            .find(caller.application(), destination, id)
            .await?;
        let Some(recovery) = found else {
            self.check_destination(caller, destination).await?;
            return Err(DestinationError::RecoveryNotFound);
        };
        Ok(recovery)
    }

    /// Tells a destination that has nothing of what was asked for from one that is not there. It reads the smallest thing
    /// that a destination surely has.
    async fn check_destination(
        &self,
        caller: &Caller,
        id: DestinationId,
    ) -> Result<(), DestinationError> {
        let target = self
            .ports
            .destinations
            .signing_target(caller.application(), id)
            .await?;
        found(target.is_some())
    }

    fn context(&self, caller: &Caller) -> CommandContext {
        caller.context(self.ports.clock.now(), self.ports.entropy.seed())
    }

    fn new_secret(
        &self,
        context: &CommandContext,
        owner: DestinationId,
    ) -> Result<(WebhookSecret, SealedSecret), DestinationError> {
        let secret =
            WebhookSecret::from_bytes(context.derive_secret("webhook", owner.uuid().as_bytes()));
        let sealed = self.ports.vault.seal(&secret, owner)?;
        Ok((secret, sealed))
    }
}

fn may(caller: &Caller, operation: Operation) -> Result<(), DestinationError> {
    authorize(caller, operation).map_err(|_| DestinationError::Forbidden)
}

const fn found(it_was: bool) -> Result<(), DestinationError> {
    if it_was {
        Ok(())
    } else {
        Err(DestinationError::DestinationNotFound)
    }
}

#[cfg(test)]
mod tests;
