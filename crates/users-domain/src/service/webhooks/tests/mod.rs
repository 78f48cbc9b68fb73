mod destinations;
mod sending;

use uuid::Uuid;

use super::*;
use crate::model::webhooks::{
    AttemptFilter, AttemptOutcome, AttemptStart, AttemptTrigger, DeliveryOrdering,
    DestinationLabel, SealedSecret, Subscriptions, WebhookVersion,
};
use crate::model::{EventId, KeyKind, PageSize, Role};
use crate::ports::{
    MockAttemptLog, MockDestinationStore, MockRecoveryStore, MockSecretVault, MockTestEventEncoder,
    MockUrlPolicy, MockWebhookSender, SigningTarget,
};
use crate::service::fixtures::{APPLICATION, caller, entropy};

const DESTINATION: DestinationId = DestinationId::new(Uuid::from_u128(10));
const DELIVERY: AttemptId = AttemptId::new(Uuid::from_u128(20));
const EVENT: EventId = EventId::new(Uuid::from_u128(30));
const RECOVERY: RecoveryId = RecoveryId::new(Uuid::from_u128(40));

/// A mock without expectations panics when it is called, so a test lists the ports that may be called.
#[derive(Default)]
struct Mocks {
    destinations: MockDestinationStore,
    attempts: MockAttemptLog,
    recoveries: MockRecoveryStore,
    vault: MockSecretVault,
    urls: MockUrlPolicy,
    sender: MockWebhookSender,
    test_events: MockTestEventEncoder,
}

impl Mocks {
    fn service(self) -> DestinationService {
        DestinationService::new(self.ports())
    }

    fn ports(self) -> DestinationPorts {
        DestinationPorts {
            destinations: Arc::new(self.destinations),
            attempts: Arc::new(self.attempts),
            recoveries: Arc::new(self.recoveries),
            vault: Arc::new(self.vault),
            urls: Arc::new(self.urls),
            sender: Arc::new(self.sender),
            test_events: Arc::new(self.test_events),
            clock: Arc::new(StoppedClock),
            entropy: entropy(),
        }
    }

    /// The destination exists, with secrets of these bytes, newest first.
    fn with_secrets(mut self, secrets: &[u8]) -> Self {
        let target = SigningTarget {
            url: url(),
            secrets: secrets.iter().map(|byte| SealedSecret::from_bytes(vec![*byte; 32])).collect(),
        };
        self.destinations
            .expect_signing_target()
            .withf(|application, id| (*application, *id) == (APPLICATION, DESTINATION))
            .returning(move |_, _| Ok(Some(target.clone())));
        self
    }

    fn without_destination(mut self) -> Self {
        self.destinations.expect_signing_target().returning(|_, _| Ok(None));
        self
    }

    /// A vault that does not encrypt.
    fn with_vault(mut self) -> Self {
        self.vault
            .expect_seal()
            .returning(|secret, _| Ok(SealedSecret::from_bytes(secret.as_bytes().to_vec())));
        self.vault.expect_open().withf(|_, owner| *owner == DESTINATION).returning(|sealed, _| {
            let bytes = sealed.as_bytes().try_into().unwrap();
            Ok(WebhookSecret::from_bytes(bytes))
        });
        self
    }
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-01-01T00:00:00Z").unwrap()
}

fn earlier() -> Timestamp {
    Timestamp::parse("2025-12-31T00:00:00Z").unwrap()
}

fn later() -> Timestamp {
    Timestamp::parse("2026-01-01T00:00:09Z").unwrap()
}

fn owner() -> Caller {
    caller(KeyKind::Role(Role::Owner))
}

fn url() -> DestinationUrl {
    DestinationUrl::accepted("https://receiver.example/".to_owned())
}

/// The destination as read before.
fn known() -> Destination {
    destination(&owner(), DESTINATION, new_destination(), earlier())
}

fn new_destination() -> NewDestination {
    NewDestination {
        label: DestinationLabel::parse("label").unwrap(),
        url: url(),
        enabled: true,
        version: WebhookVersion::parse("v3").unwrap(),
        subscriptions: Subscriptions::default(),
        ordering: DeliveryOrdering::PerUser,
    }
}

fn query() -> AttemptQuery {
    AttemptQuery {
        filter: AttemptFilter::default(),
        start: AttemptStart::Offset(0),
        limit: PageSize::DEFAULT,
    }
}

/// The fourth attempt at an event of yesterday.
fn attempt(trigger: AttemptTrigger) -> Attempt {
    Attempt {
        id: DELIVERY,
        application: APPLICATION,
        destination: DESTINATION,
        event: EVENT,
        event_recorded_at: earlier(),
        webhook_type: "user.data.updated".to_owned(),
        trigger,
        number: 4,
        status_code: Some(500),
        error: None,
        duration_ms: 12,
        outcome: AttemptOutcome::Failed,
        created_at: earlier(),
        next_attempt_at: Some(later()),
    }
}

#[tokio::test]
async fn read_only_roles_never_reach_a_port_of_a_change() {
    let service = Mocks::default().service();
    for role in [Role::Reader, Role::ComplianceOfficer] {
        let reader = caller(KeyKind::Role(role));
        let refused = [
            service.create(&reader, new_destination()).await.err(),
            service.update(&reader, &known(), DestinationChange::default()).await.err(),
            service.delete(&reader, DESTINATION).await.err(),
            service.rotate_secret(&reader, DESTINATION, RotationGrace::DEFAULT).await.err(),
            service.test(&reader, DESTINATION).await.err(),
            service.resend(&reader, DESTINATION, DELIVERY).await.err(),
            service.start_recovery(&reader, DESTINATION, earlier()).await.err(),
        ];
        assert_eq!(refused, [const { Some(DestinationError::Forbidden) }; 7]);
    }
}

#[tokio::test]
async fn service_keys_never_reach_a_port() {
    let service = Mocks::default().service();
    let internal = caller(KeyKind::Service);
    let refused = [
        service.list(&internal).await.err(),
        service.find(&internal, DESTINATION).await.err(),
        service.deliveries(&internal, DESTINATION, &query()).await.err(),
        service.delivery(&internal, DESTINATION, DELIVERY).await.err(),
        service.recovery(&internal, DESTINATION, RECOVERY).await.err(),
        service.test(&internal, DESTINATION).await.err(),
    ];
    assert_eq!(refused, [const { Some(DestinationError::Forbidden) }; 6]);
}
