//! Use cases that send immediately: tests and resends.

use super::{DestinationError, DestinationService, require};
use crate::model::webhooks::{
    Answer, Attempt, AttemptOutcome, AttemptTrigger, SigningSecrets, TransportError,
};
use crate::model::{
    AttemptId, Caller, CommandContext, DestinationId, EventId, Operation, Timestamp,
};
use crate::ports::{
    NotSent, OutgoingWebhook, SendReport, SigningTarget, StoreError, TestEvent, open_all,
};

/// Result of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// The attempt.
    pub attempt: Attempt,
    /// Start of the response body, as text.
    pub excerpt: String,
}

impl DestinationService {
    /// Sends a test event, also to a disabled destination. A call that is dropped before the response is not logged.
    ///
    /// # Errors
    /// [`DestinationError`]; [`DestinationError::Store`] also if the event was sent and writing the log failed.
    pub async fn test(
        &self,
        caller: &Caller,
        destination: DestinationId,
    ) -> Result<TestReport, DestinationError> {
        require(caller, Operation::ManageDestinations)?;
        let target = self.target(caller, destination).await?;
        let context = self.context(caller);
        let event = TestEvent {
            id: EventId::new(context.derive_uuid("event", destination.uuid().as_bytes(), 0)),
            application: caller.application(),
            environment: context.environment,
            created_at: context.at,
        };
        let encoded = self.ports.test_events.encode_test(&event);
        let webhook = OutgoingWebhook {
            application: event.application,
            secrets: self.open(&target, destination)?,
            url: target.url,
            event: event.id,
            body: encoded.body,
            timestamp_offset: encoded.timestamp_offset,
        };
        let (trigger, kind) = (AttemptTrigger::Test, TestEvent::WEBHOOK_TYPE.to_owned());
        let sending = self.send(&context, destination, webhook, trigger, event.created_at, kind);
        let (attempt, report) = sending.await?;
        Ok(TestReport { attempt, excerpt: visible_excerpt(report) })
    }

    /// Sends the stored event of a delivery again, with the current time and secrets, also to a disabled destination.
    /// It can overtake queued events. If the call is dropped before the response arrives, the attempt is not logged.
    ///
    /// # Errors
    /// [`DestinationError`]; [`DestinationError::Store`] also if the event was sent and writing the log failed.
    pub async fn resend(
        &self,
        caller: &Caller,
        destination: DestinationId,
        delivery: AttemptId,
    ) -> Result<Attempt, DestinationError> {
        require(caller, Operation::ManageDestinations)?;
        let application = caller.application();
        let target = self.target(caller, destination).await?;
        let attempts = &self.ports.attempts;
        let before = attempts.find(application, destination, delivery).await?;
        let before = before.ok_or(DestinationError::DeliveryNotFound)?;
        if before.trigger == AttemptTrigger::Test {
            return Err(DestinationError::OnlyATest);
        }
        let at = before.event_recorded_at;
        let message = attempts.message(application, before.event, at).await?;
        let message = message.ok_or(DestinationError::Expired)?;
        let webhook = OutgoingWebhook {
            application,
            secrets: self.open(&target, destination)?,
            url: target.url,
            event: message.event,
            body: message.body.ok_or(DestinationError::Erased)?,
            timestamp_offset: message.timestamp_offset,
        };
        let trigger = AttemptTrigger::Resend;
        let context = self.context(caller);
        let sending = self.send(&context, destination, webhook, trigger, at, message.webhook_type);
        let (attempt, _) = sending.await?;
        Ok(attempt)
    }

    fn open(
        &self,
        target: &SigningTarget,
        owner: DestinationId,
    ) -> Result<SigningSecrets, DestinationError> {
        let opened = open_all(&*self.ports.vault, &target.secrets, owner)?;
        opened.ok_or_else(|| {
            let reason = "the destination has no secret".to_owned();
            StoreError::Defect { reason }.into()
        })
    }

    async fn send(
        &self,
        context: &CommandContext,
        destination: DestinationId,
        webhook: OutgoingWebhook,
        trigger: AttemptTrigger,
        event_recorded_at: Timestamp,
        webhook_type: String,
    ) -> Result<(Attempt, SendReport), DestinationError> {
        let (application, event) = (webhook.application, webhook.event);
        let permit = self.send_limiter.acquire(application);
        let permit = permit.ok_or(DestinationError::Busy)?;
        let report = self.ports.sender.send(webhook).await;
        drop(permit);
        // No attempt took place, so nothing is logged.
        let report = report.map_err(|NotSent::NoPlaceToLookUp| DestinationError::Busy)?;
        let id = context.derive_uuid("attempt", event.uuid().as_bytes(), 0);
        let outcome = if report.answer.is_success() {
            AttemptOutcome::Delivered
        } else {
            AttemptOutcome::Failed
        };
        let attempt = Attempt {
            id: AttemptId::new(id),
            application,
            destination,
            event,
            event_recorded_at,
            webhook_type,
            trigger,
            number: 1,
            status_code: report.answer.status_code(),
            error: report.answer.transport_error(),
            duration_ms: u32::try_from(report.duration.as_millis()).unwrap_or(u32::MAX),
            outcome,
            created_at: self.ports.clock.now(),
            next_attempt_at: None,
        };
        let attempt = self.ports.attempts.add(attempt).await?;
        Ok((attempt, report))
    }
}

/// Returns the response excerpt for the caller: empty if the address is forbidden.
fn visible_excerpt(report: SendReport) -> String {
    match report.answer {
        Answer::Nothing { error: TransportError::AddressForbidden, .. } => String::new(),
        Answer::Status { .. } | Answer::Nothing { .. } => report.excerpt,
    }
}
