//! Test doubles for webhooks: a receiver, a URL policy, a vault and an encoder of test events.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use testkit::{CountingEntropy, MemoryWebhooks};
use tokio::sync::watch;
use tokio::task::yield_now;
use users_domain::model::DestinationId;
use users_domain::model::webhooks::{
    Answer, DestinationUrl, SealedSecret, TransportError, WebhookSecret,
};
use users_domain::ports::{
    Clock, EncodedEvent, NotSent, OutgoingWebhook, SecretVault, SendReport, TestEvent,
    TestEventEncoder, UrlPolicy, UrlRefused, VaultError, WebhookSender,
};
use users_domain::service::DestinationPorts;

/// Stores the webhooks that it receives. Returns the configured answers in order, then `200` with the body `ok`.
#[derive(Default)]
pub(crate) struct Receiver {
    answers: Mutex<VecDeque<(Answer, &'static str)>>,
    received: Mutex<Vec<OutgoingWebhook>>,
    holds_back: watch::Sender<bool>,
}

impl Receiver {
    pub(crate) fn answers_next(&self, code: u16, body: &'static str) {
        let answer = Answer::Status { code, retry_after: None };
        lock(&self.answers).push_back((answer, body));
    }

    pub(crate) fn fails_next(&self, error: TransportError) {
        lock(&self.answers).push_back((Answer::Nothing { error, code: None }, ""));
    }

    /// Sets whether the receiver delays its answers.
    pub(crate) fn holds_back(&self, holds_back: bool) {
        self.holds_back.send_replace(holds_back);
    }

    /// Waits until the receiver has received `count` webhooks.
    pub(crate) async fn has_received(&self, count: usize) {
        while self.received().len() < count {
            yield_now().await;
        }
    }

    pub(crate) fn received(&self) -> Vec<OutgoingWebhook> {
        lock(&self.received).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl WebhookSender for Receiver {
    async fn send(&self, webhook: OutgoingWebhook) -> Result<SendReport, NotSent> {
        lock(&self.received).push(webhook);
        let mut holds_back = self.holds_back.subscribe();
        let _sender_lives = holds_back.wait_for(|holds_back| !holds_back).await;
        let next = lock(&self.answers).pop_front();
        let ok = Answer::Status { code: 200, retry_after: None };
        let (answer, excerpt) = next.unwrap_or((ok, "ok"));
        Ok(SendReport { answer, duration: Duration::from_millis(12), excerpt: excerpt.to_owned() })
    }
}

/// Refuses some URLs, one for each reason.
pub(crate) struct TestUrls;

impl UrlPolicy for TestUrls {
    fn accept(&self, text: &str) -> Result<DestinationUrl, UrlRefused> {
        if text.len() > DestinationUrl::MAX_BYTES {
            Err(UrlRefused::TooLong)
        } else if text.starts_with("http://") {
            Err(UrlRefused::Scheme)
        } else if text.contains('@') {
            Err(UrlRefused::Credentials)
        } else if text.starts_with("https://127.0.0.1") {
            Err(UrlRefused::ForbiddenAddress)
        } else if text.starts_with("https://") {
            Ok(DestinationUrl::accepted(text.to_owned()))
        } else {
            Err(UrlRefused::Malformed)
        }
    }
}

/// Seals a secret by prefixing it with its owner.
pub(crate) struct TestVault;

impl SecretVault for TestVault {
    fn seal(
        &self,
        secret: &WebhookSecret,
        owner: DestinationId,
    ) -> Result<SealedSecret, VaultError> {
        let owner = owner.uuid();
        let parts = [owner.as_bytes().as_slice(), secret.as_bytes()];
        Ok(SealedSecret::from_bytes(parts.concat()))
    }

    fn open(
        &self,
        sealed: &SealedSecret,
        owner: DestinationId,
    ) -> Result<WebhookSecret, VaultError> {
        let secret = sealed.as_bytes().strip_prefix(owner.uuid().as_bytes());
        let secret = secret.and_then(|secret| secret.try_into().ok());
        secret.map(WebhookSecret::from_bytes).ok_or(VaultError::NotOurs)
    }

    fn is_current(&self, _: &SealedSecret) -> bool {
        true
    }
}

/// Encodes only the id.
struct TestEvents;

impl TestEventEncoder for TestEvents {
    fn encode_test(&self, event: &TestEvent) -> EncodedEvent {
        let start = format!("{{\"event_id\":\"{}\",\"timestamp\":", event.id);
        EncodedEvent { timestamp_offset: start.len(), body: start + "0}" }
    }
}

/// The ports of destinations in memory.
pub(crate) fn destination_ports(
    webhooks: &Arc<MemoryWebhooks>,
    receiver: &Arc<Receiver>,
    clock: Arc<dyn Clock>,
) -> DestinationPorts {
    DestinationPorts {
        destinations: webhooks.clone(),
        attempts: webhooks.clone(),
        recoveries: webhooks.clone(),
        vault: Arc::new(TestVault),
        urls: Arc::new(TestUrls),
        sender: receiver.clone(),
        test_events: Arc::new(TestEvents),
        clock,
        entropy: Arc::new(CountingEntropy::default()),
    }
}
