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
use crate::service::fixtures::away;

const NO_CONNECTION: Answer = Answer::Nothing {
    error: TransportError::NotConnected,
    code: None,
};

const fn status(code: u16) -> Answer {
    Answer::Status {
        code,
        retry_after: None,
    }
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
            .returning(|event| EncodedEvent {
                body: event.id.to_string(),
                timestamp_offset: 3,
            });
        self
    }

    /// The receiver answers so.
    fn answering(mut self, answer: Answer) -> Self {
        self.sender.expect_send().times(1).returning(move |_| {
            Ok(SendReport {
                answer,
                duration: Duration::from_millis(1_234),
                excerpt: "what it said".to_owned(),
            })
        });
        self
    }

    /// The log takes an attempt, and says when that was.
    fn with_log(mut self) -> Self {
        self.attempts.expect_add().times(1).returning(|attempt| {
            Ok(Attempt {
                created_at: later(),
                ..attempt
            })
        });
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

fn message(body: Option<&str>) -> StoredMessage {
    StoredMessage {
        event: EVENT,
        webhook_type: "user.data.updated".to_owned(),
        body: body.map(str::to_owned),
        timestamp_offset: 7,
    }
}

#[tokio::test]
async fn a_test_is_sent_with_all_secrets_logged_and_answered() {
    let mut mocks = Mocks::default()
        .with_secrets(&[3, 2, 1])
        .with_vault()
        .with_test_events()
        .with_log();
    mocks
        .sender
        .expect_send()
        .times(1)
        .withf(|webhook: &OutgoingWebhook| {
            let signing: Vec<u8> = webhook
                .secrets
                .all()
                .map(|secret| secret.as_bytes()[0])
                .collect();
            signing == [3, 2, 1]
                && webhook.url == url()
                && webhook.body == webhook.event.to_string()
                && webhook.timestamp_offset == 3
        })
        .returning(|_| {
            Ok(SendReport {
                answer: status(204),
                duration: Duration::from_millis(1_234),
                excerpt: "what it said".to_owned(),
            })
        });
    let report = mocks.service().test(&owner(), DESTINATION).await.unwrap();
    assert_eq!(report.excerpt, "what it said");
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
async fn what_a_failing_receiver_said_is_shown_but_nothing_of_a_forbidden_address() {
    let forbidden = Answer::Nothing {
        error: TransportError::AddressForbidden,
        code: None,
    };
    for (answer, shown) in [
        (status(500), "what it said"),
        (NO_CONNECTION, "what it said"),
        (forbidden, ""),
    ] {
        let mocks = Mocks::default()
            .with_secrets(&[1])
            .with_vault()
            .with_test_events()
            .answering(answer)
            .with_log();
        let report = mocks.service().test(&owner(), DESTINATION).await.unwrap();
        assert_eq!(report.excerpt, shown);
        assert_eq!(report.attempt.outcome, AttemptOutcome::Failed);
        assert_eq!(report.attempt.status_code, answer.status_code());
        assert_eq!(report.attempt.error, answer.transport_error());
    }
}

#[tokio::test]
async fn an_event_is_sent_again_as_it_was_stored() {
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
        .returning(|_| {
            Ok(SendReport {
                answer: status(200),
                duration: Duration::MAX,
                excerpt: String::new(),
            })
        });
    let again = mocks
        .service()
        .resend(&owner(), DESTINATION, DELIVERY)
        .await
        .unwrap();
    let expected = Attempt {
        id: again.id,
        trigger: AttemptTrigger::Resend,
        number: 1,
        status_code: Some(200),
        duration_ms: u32::MAX,
        outcome: AttemptOutcome::Delivered,
        created_at: later(),
        next_attempt_at: None,
        ..attempt(AttemptTrigger::Schedule)
    };
    assert_eq!(again, expected);
    assert_ne!(again.id, DELIVERY);
}

/// What a resend answers that must not send anything.
async fn refused(mocks: Mocks) -> DestinationError {
    let service = mocks.with_vault().service();
    let answer = service.resend(&owner(), DESTINATION, DELIVERY).await;
    answer.unwrap_err()
}

#[tokio::test]
async fn what_is_gone_is_not_sent_again() {
    let there = || Mocks::default().with_secrets(&[1]);
    assert_eq!(
        refused(Mocks::default().without_destination()).await,
        DestinationError::DestinationNotFound
    );
    let mut unknown = there();
    unknown.attempts.expect_find().returning(|_, _, _| Ok(None));
    assert_eq!(refused(unknown).await, DestinationError::DeliveryNotFound);
    assert_eq!(
        refused(there().with_attempt(AttemptTrigger::Test)).await,
        DestinationError::OnlyATest
    );
    let old = there().with_attempt(AttemptTrigger::Resend);
    assert_eq!(
        refused(old.with_message(None)).await,
        DestinationError::Expired
    );
    let erased = there().with_attempt(AttemptTrigger::Schedule);
    assert_eq!(
        refused(erased.with_message(Some(message(None)))).await,
        DestinationError::Erased
    );
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
    assert!(matches!(
        answer,
        Err(DestinationError::Store(StoreError::Defect { .. }))
    ));
}

#[tokio::test]
async fn an_attempt_that_could_not_be_logged_is_told_as_the_stores_failure() {
    let mut mocks = Mocks::default()
        .with_secrets(&[1])
        .with_vault()
        .with_test_events()
        .answering(status(200));
    mocks.attempts.expect_add().returning(|_| Err(away()));
    let answer = mocks.service().test(&owner(), DESTINATION).await;
    assert_eq!(answer, Err(DestinationError::Store(away())));
}

#[tokio::test]
async fn what_was_not_tried_is_not_in_the_log_and_can_be_asked_for_again() {
    let mut mocks = Mocks::default()
        .with_secrets(&[1])
        .with_vault()
        .with_test_events();
    mocks.attempts.expect_add().never();
    let sender = &mut mocks.sender;
    sender
        .expect_send()
        .returning(|_| Err(NotSent::NoPlaceToLookUp));
    let answer = mocks.service().test(&owner(), DESTINATION).await;
    assert_eq!(answer, Err(DestinationError::Busy));
}

/// A receiver that never answers.
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
async fn of_one_application_four_are_under_way_and_one_that_is_over_makes_room() {
    let mocks = Mocks::default()
        .with_secrets(&[1])
        .with_vault()
        .with_test_events()
        .with_attempt(AttemptTrigger::Schedule)
        .with_message(Some(message(Some("the body"))));
    let service = DestinationService::new(DestinationPorts {
        sender: Arc::new(Silent),
        ..mocks.ports()
    });
    let owner = owner();
    let mut under_way: Vec<_> = (0..4)
        .map(|_| Box::pin(service.test(&owner, DESTINATION)))
        .collect();
    for call in &mut under_way {
        assert!(poll(call.as_mut()).is_pending());
    }
    let test = service.test(&owner, DESTINATION).await;
    assert_eq!(test, Err(DestinationError::Busy));
    let resend = service.resend(&owner, DESTINATION, DELIVERY).await;
    assert_eq!(resend, Err(DestinationError::Busy));

    drop(under_way.pop());
    let mut next = pin!(service.resend(&owner, DESTINATION, DELIVERY));
    assert!(poll(next.as_mut()).is_pending());
    let test = service.test(&owner, DESTINATION).await;
    assert_eq!(test, Err(DestinationError::Busy));
}
