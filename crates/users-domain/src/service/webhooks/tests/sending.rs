use std::future::pending;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::model::Environment;
use crate::model::webhooks::{Answer, StoredMessage, TransportError};
use crate::ports::{
    EncodedEvent, NotSent, OutgoingWebhook, SendReport, StoreError, TestEvent, VaultError,
};
use crate::service::fixtures::unavailable;

const NO_CONNECTION: Answer = Answer::Nothing { error: TransportError::NotConnected, code: None };

const fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after: None }
}

fn sent(answer: Answer, millis: u64) -> SendReport {
    let duration = Duration::from_millis(millis);
    SendReport { answer, duration, excerpt: "response body".to_owned() }
}

impl Mocks {
    fn with_test_events(mut self) -> Self {
        self.test_events
            .expect_encode_test()
            .withf(|event| {
                event.application == APPLICATION
                    && event.environment == Environment::Live
                    && event.created_at == now()
            })
            .returning(|event| EncodedEvent { body: event.id.to_string(), timestamp_offset: 3 });
        self
    }

    /// The receiver returns `answer`.
    fn answering(mut self, answer: Answer) -> Self {
        self.sender.expect_send().times(1).returning(move |_| Ok(sent(answer, 1_234)));
        self
    }

    /// The log stores an attempt and sets its time.
    fn with_log(mut self) -> Self {
        self.attempts
            .expect_add()
            .times(1)
            .returning(|attempt| Ok(Attempt { created_at: later(), ..attempt }));
        self
    }

    fn with_attempt(mut self, trigger: AttemptTrigger) -> Self {
        self.attempts
            .expect_find()
            .withf(|application, destination, id| {
                (*application, *destination, *id) == (APPLICATION, DESTINATION, DELIVERY)
            })
            .returning(move |_, _, _| Ok(Some(attempt(trigger))));
        self
    }

    fn with_message(mut self, message: Option<StoredMessage>) -> Self {
        self.attempts
            .expect_message()
            .withf(|application, event, recorded_at| {
                (*application, *event, *recorded_at) == (APPLICATION, EVENT, earlier())
            })
            .returning(move |_, _, _| Ok(message.clone()));
        self
    }
}

/// Ports that can send a test with these secrets.
fn testing(secrets: &[u8]) -> Mocks {
    Mocks::default().with_secrets(secrets).with_vault().with_test_events()
}

fn message(body: Option<&str>) -> StoredMessage {
    StoredMessage {
        event: EVENT,
        webhook_type: "user.data.updated".to_owned(),
        body: body.map(str::to_owned),
        timestamp_offset: 7,
    }
}

#[tokio::test]
async fn a_test_is_sent_with_all_secrets_and_logged() {
    let mut mocks = testing(&[3, 2, 1]).with_log();
    mocks
        .sender
        .expect_send()
        .times(1)
        .withf(|webhook: &OutgoingWebhook| {
            let signing: Vec<u8> =
                webhook.secrets.all().map(|secret| secret.as_bytes()[0]).collect();
            signing == [3, 2, 1]
                && webhook.url == url()
                && webhook.body == webhook.event.to_string()
                && webhook.timestamp_offset == 3
        })
        .returning(|_| Ok(sent(status(204), 1_234)));
    let report = mocks.service().test(&owner(), DESTINATION).await.unwrap();
    assert_eq!(report.excerpt, "response body");
    let attempt = report.attempt;
    let expected = Attempt {
        id: attempt.id,
        application: APPLICATION,
        destination: DESTINATION,
        event: attempt.event,
        event_recorded_at: now(),
        webhook_type: TestEvent::WEBHOOK_TYPE.to_owned(),
        trigger: AttemptTrigger::Test,
        number: 1,
        status_code: Some(204),
        error: None,
        duration_ms: 1_234,
        outcome: AttemptOutcome::Delivered,
        created_at: later(),
        next_attempt_at: None,
    };
    assert_eq!(attempt, expected);
    assert_ne!(attempt.id.uuid(), attempt.event.uuid());
}

#[tokio::test]
async fn the_response_excerpt_is_returned_except_for_a_forbidden_address() {
    let forbidden = Answer::Nothing { error: TransportError::AddressForbidden, code: None };
    for (answer, shown) in
        [(status(500), "response body"), (NO_CONNECTION, "response body"), (forbidden, "")]
    {
        let mocks = testing(&[1]).answering(answer).with_log();
        let report = mocks.service().test(&owner(), DESTINATION).await.unwrap();
        assert_eq!(report.excerpt, shown);
        assert_eq!(report.attempt.outcome, AttemptOutcome::Failed);
        assert_eq!(report.attempt.status_code, answer.status_code());
        assert_eq!(report.attempt.error, answer.transport_error());
    }
}

#[tokio::test]
async fn a_resend_uses_the_stored_body() {
    let mut mocks = Mocks::default()
        .with_secrets(&[1])
        .with_vault()
        .with_attempt(AttemptTrigger::Schedule)
        .with_message(Some(message(Some("the body"))))
        .with_log();
    mocks
        .sender
        .expect_send()
        .times(1)
        .withf(|webhook: &OutgoingWebhook| {
            webhook.event == EVENT && webhook.body == "the body" && webhook.timestamp_offset == 7
        })
        .returning(|_| Ok(sent(status(200), u64::MAX)));
    let resent = mocks.service().resend(&owner(), DESTINATION, DELIVERY).await.unwrap();
    let expected = Attempt {
        id: resent.id,
        trigger: AttemptTrigger::Resend,
        number: 1,
        status_code: Some(200),
        duration_ms: u32::MAX,
        outcome: AttemptOutcome::Delivered,
        created_at: later(),
        next_attempt_at: None,
        ..attempt(AttemptTrigger::Schedule)
    };
    assert_eq!(resent, expected);
    assert_ne!(resent.id, DELIVERY);
}

/// Resends and returns the error; nothing is sent.
async fn refused(mocks: Mocks) -> DestinationError {
    let service = mocks.with_vault().service();
    let answer = service.resend(&owner(), DESTINATION, DELIVERY).await;
    answer.unwrap_err()
}

#[tokio::test]
async fn missing_or_erased_events_are_not_resent() {
    let existing = || Mocks::default().with_secrets(&[1]);
    assert_eq!(
        refused(Mocks::default().without_destination()).await,
        DestinationError::DestinationNotFound
    );
    let mut unknown = existing();
    unknown.attempts.expect_find().returning(|_, _, _| Ok(None));
    assert_eq!(refused(unknown).await, DestinationError::DeliveryNotFound);
    assert_eq!(
        refused(existing().with_attempt(AttemptTrigger::Test)).await,
        DestinationError::OnlyATest
    );
    let old = existing().with_attempt(AttemptTrigger::Resend);
    assert_eq!(refused(old.with_message(None)).await, DestinationError::Expired);
    let erased = existing().with_attempt(AttemptTrigger::Schedule);
    assert_eq!(refused(erased.with_message(Some(message(None)))).await, DestinationError::Erased);
}

#[tokio::test]
async fn nothing_is_sent_unless_every_secret_opens() {
    let mut mocks = Mocks::default().with_secrets(&[1, 2]).with_test_events();
    mocks.vault.expect_open().returning(|sealed, _| {
        if sealed.as_bytes()[0] == 1 {
            Ok(WebhookSecret::from_bytes([1; 32]))
        } else {
            Err(VaultError::NotOurs)
        }
    });
    let answer = mocks.service().test(&owner(), DESTINATION).await;
    assert_eq!(answer, Err(DestinationError::Vault(VaultError::NotOurs)));
}

#[tokio::test]
async fn a_destination_without_a_secret_is_a_defect() {
    let mocks = Mocks::default().with_secrets(&[]).with_test_events();
    let answer = mocks.service().test(&owner(), DESTINATION).await;
    assert!(matches!(answer, Err(DestinationError::Store(StoreError::Defect { .. }))));
}

#[tokio::test]
async fn a_failure_to_log_an_attempt_is_reported() {
    let mut mocks = testing(&[1]).answering(status(200));
    mocks.attempts.expect_add().returning(|_| Err(unavailable()));
    let answer = mocks.service().test(&owner(), DESTINATION).await;
    assert_eq!(answer, Err(DestinationError::Store(unavailable())));
}

#[tokio::test]
async fn a_send_without_an_attempt_is_not_logged() {
    let mut mocks = testing(&[1]);
    mocks.attempts.expect_add().never();
    let sender = &mut mocks.sender;
    sender.expect_send().returning(|_| Err(NotSent::NoPlaceToLookUp));
    let answer = mocks.service().test(&owner(), DESTINATION).await;
    assert_eq!(answer, Err(DestinationError::Busy));
}

/// A receiver that never responds.
struct Silent;

#[async_trait]
impl WebhookSender for Silent {
    async fn send(&self, _: OutgoingWebhook) -> Result<SendReport, NotSent> {
        pending().await
    }
}

fn poll<T>(call: std::pin::Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    call.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn one_application_has_four_concurrent_sends_and_a_finished_one_releases_its_permit() {
    let mocks = testing(&[1])
        .with_attempt(AttemptTrigger::Schedule)
        .with_message(Some(message(Some("the body"))));
    let service =
        DestinationService::new(DestinationPorts { sender: Arc::new(Silent), ..mocks.ports() });
    let owner = owner();
    let mut in_progress: Vec<_> =
        (0..4).map(|_| Box::pin(service.test(&owner, DESTINATION))).collect();
    for call in &mut in_progress {
        assert!(poll(call.as_mut()).is_pending());
    }
    let test = service.test(&owner, DESTINATION).await;
    assert_eq!(test, Err(DestinationError::Busy));
    let resend = service.resend(&owner, DESTINATION, DELIVERY).await;
    assert_eq!(resend, Err(DestinationError::Busy));

    drop(in_progress.pop());
    let mut next = pin!(service.resend(&owner, DESTINATION, DELIVERY));
    assert!(poll(next.as_mut()).is_pending());
    let test = service.test(&owner, DESTINATION).await;
    assert_eq!(test, Err(DestinationError::Busy));
}
