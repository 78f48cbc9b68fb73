//! Requirements for every `WebhookSender`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;
use users_domain::model::webhooks::{
    Answer, DestinationUrl, SigningSecrets, TransportError, WebhookSecret,
};
use users_domain::model::{ApplicationId, EventId, Timestamp, random_uuid};
use users_domain::ports::{NotSent, OutgoingWebhook, SendReport, WebhookSender};

use crate::{base_time, unique_seed};

/// A `WebhookSender` under test. One attempt may take several seconds.
#[derive(Clone)]
pub struct SenderSubject {
    /// The sender.
    pub sender: Arc<dyn WebhookSender>,
    /// The time of its clock.
    pub now: Timestamp,
    /// How long an attempt may take.
    pub time_limit: Duration,
    /// How many bytes of a response are read.
    pub size_limit: usize,
    /// The secret that the receivers know.
    pub secret: WebhookSecret,
    /// Starts receivers.
    pub receivers: Arc<dyn Receivers>,
}

/// What a receiver does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// Responds with this status and a short body.
    Answers(u16),
    /// Redirects with this status to this URL.
    RedirectsTo(u16, DestinationUrl),
    /// Receives the request and never responds.
    Hangs,
    /// Responds with 200 and a part of the body, and then sends nothing.
    StopsWithinItsBody,
    /// Responds with 200 and a body without end.
    WritesWithoutEnd,
    /// Receives the request and closes the connection.
    Closes,
    /// Has an address that must not be called.
    IsForbidden,
    /// Has a name whose lookup gets no response.
    HasASilentName,
}

/// A received request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The body.
    pub body: String,
    /// Whether its signature is valid at the time of the sender's clock.
    pub is_signed: bool,
}

/// Receivers of webhooks.
#[async_trait]
pub trait Receivers: Send + Sync {
    /// Starts a receiver and returns its URL.
    async fn start(&self, manner: Manner) -> DestinationUrl;

    /// The requests that this receiver got since the last call.
    async fn received(&self, url: &DestinationUrl) -> Vec<Received>;

    /// A sender whose process cannot make attempts for this application at the moment.
    async fn prevented(&self, application: ApplicationId) -> Arc<dyn WebhookSender>;
}

const BODY: &str = r#"{"status":"ACTIVE","timestamp":0,"webhook_type":"user.status.updated"}"#;

impl SenderSubject {
    fn webhook(&self, url: &DestinationUrl) -> OutgoingWebhook {
        OutgoingWebhook {
            application: ApplicationId::new(random_uuid(base_time(), unique_seed())),
            url: url.clone(),
            secrets: SigningSecrets::new(self.secret.clone(), Vec::new()),
            event: EventId::new(random_uuid(base_time(), unique_seed())),
            body: BODY.to_owned(),
            timestamp_offset: BODY.find(":0,").expect("the placeholder") + 1,
        }
    }

    async fn send(&self, url: &DestinationUrl) -> SendReport {
        self.sender.send(self.webhook(url)).await.expect("an attempt")
    }

    /// The report of an attempt at a new receiver.
    async fn send_to_one_that(&self, manner: Manner) -> SendReport {
        let url = self.receivers.start(manner).await;
        self.send(&url).await
    }
}

const fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after: None }
}

const fn nothing(error: TransportError, code: Option<u16>) -> Answer {
    Answer::Nothing { error, code }
}

/// The placeholder in the body is replaced.
pub async fn a_webhook_arrives_signed_with_the_time_of_the_attempt(subject: &SenderSubject) {
    let url = subject.receivers.start(Manner::Answers(200)).await;
    assert_eq!(subject.send(&url).await.answer, status(200));
    let seconds = subject.now.unix_micros() / 1_000_000;
    let body = BODY.replace(":0,", &format!(":{seconds},"));
    assert_eq!(subject.receivers.received(&url).await, [Received { body, is_signed: true }]);
}

/// Only 2xx is a success.
pub async fn every_status_is_reported(subject: &SenderSubject) {
    for code in [200, 201, 202, 204, 299, 400, 401, 404, 410, 418, 429, 500, 502, 503, 599, 999] {
        let report = subject.send_to_one_that(Manner::Answers(code)).await;
        assert_eq!(report.answer, status(code));
        assert_eq!(report.answer.is_success(), (200..300).contains(&code));
    }
}

/// The receiver at the other URL gets no request.
pub async fn a_redirect_is_reported_and_not_followed(subject: &SenderSubject) {
    let trap = subject.receivers.start(Manner::Answers(200)).await;
    for code in [301, 302, 303, 307, 308] {
        let report = subject.send_to_one_that(Manner::RedirectsTo(code, trap.clone())).await;
        assert_eq!(report.answer, status(code));
        assert!(!report.answer.is_success());
    }
    assert_eq!(subject.receivers.received(&trap).await, []);
}

/// Also within the body.
pub async fn an_attempt_without_a_response_in_time_is_reported(subject: &SenderSubject) {
    for (manner, code) in [(Manner::Hangs, None), (Manner::StopsWithinItsBody, Some(200))] {
        let report = subject.send_to_one_that(manner.clone()).await;
        assert_eq!(report.answer, nothing(TransportError::TimedOut, code), "{manner:?}");
        assert!(report.duration >= subject.time_limit, "{manner:?}");
    }
    let closed = subject.send_to_one_that(Manner::Closes).await;
    assert_eq!(closed.answer, nothing(TransportError::Broken, None));
}

/// The beginning is reported.
pub async fn a_response_is_read_up_to_its_size_limit(subject: &SenderSubject) {
    let report = subject.send_to_one_that(Manner::WritesWithoutEnd).await;
    assert_eq!(report.answer, status(200));
    assert_eq!(report.excerpt.len(), subject.size_limit);
}

/// The receiver gets no request.
pub async fn a_forbidden_address_is_not_called(subject: &SenderSubject) {
    let url = subject.receivers.start(Manner::IsForbidden).await;
    let report = subject.send(&url).await;
    assert_eq!(report.answer, nothing(TransportError::AddressForbidden, None));
    assert_eq!(subject.receivers.received(&url).await, []);
}

/// Covers many receivers that never respond, and names whose lookups get no response.
pub async fn silent_receivers_prevent_no_other_attempt(subject: &SenderSubject) {
    let healthy = subject.receivers.start(Manner::Answers(200)).await;
    let mut waiting = JoinSet::new();
    for manner in [Manner::Hangs, Manner::HasASilentName] {
        for _ in 0..6 {
            let url = subject.receivers.start(manner.clone()).await;
            for _ in 0..4 {
                let (subject, url) = (subject.clone(), url.clone());
                waiting.spawn(async move { subject.send(&url).await });
            }
        }
    }
    for _ in 0..10 {
        assert_eq!(subject.send(&healthy).await.answer, status(200));
    }
    assert!(waiting.try_join_next().is_none(), "the silent ones still wait");
    for report in waiting.join_all().await {
        assert!(matches!(report.answer, Answer::Nothing { .. }), "{report:?}");
    }
}

/// Attempts for other applications are made.
pub async fn what_prevents_an_attempt_here_is_not_the_receivers_failure(subject: &SenderSubject) {
    let url = subject.receivers.start(Manner::Answers(200)).await;
    let webhook = subject.webhook(&url);
    let sender = subject.receivers.prevented(webhook.application).await;
    assert_eq!(sender.send(webhook).await, Err(NotSent::NoPlaceToLookUp));
    assert_eq!(subject.receivers.received(&url).await, []);
    let report = sender.send(subject.webhook(&url)).await;
    assert_eq!(report.map(|report| report.answer), Ok(status(200)));
}
