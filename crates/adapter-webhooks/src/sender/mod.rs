//! Sending over HTTP. Owns one attempt from the stored body to the answer; must never follow a redirect, exceed its
//! limits of time and size, or call an address that the guard forbids. The consequences of an answer are decided
//! elsewhere.

mod client;
mod failure;
mod lookups;
mod resolver;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response};
use users_domain::model::EventId;
use users_domain::model::webhooks::{Answer, TransportError};
use users_domain::ports::Clock;
use users_domain::ports::{NotSent, OutgoingWebhook, SendReport, WebhookSender};
use users_domain::rules::webhooks::retry_after;

use crate::GuardedUrlPolicy;
use crate::signature::signature_headers;

use failure::Failure;

pub use client::{SenderError, SenderSettings};
pub use lookups::NameLookup;

/// Maximum number of bytes read from a response body.
const ANSWER_BYTES: usize = 4096;

/// Sends webhooks with its own HTTP client, which keeps connections open between attempts.
pub struct HttpWebhookSender {
    client: Client,
    policy: GuardedUrlPolicy,
    clock: Arc<dyn Clock>,
    settings: SenderSettings,
}

impl HttpWebhookSender {
    /// Creates a sender that calls the URLs which `policy` accepts at the time of the attempt.
    ///
    /// # Errors
    /// [`SenderError`] if the client cannot be created from the settings.
    pub fn new(
        policy: GuardedUrlPolicy,
        settings: SenderSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SenderError> {
        Ok(Self {
            client: client::client(policy.guard().clone(), &settings)?,
            policy,
            clock,
            settings,
        })
    }

    fn request(&self, webhook: OutgoingWebhook) -> Result<Request, TransportError> {
        let url = self
            .policy
            .judge(webhook.url.as_str())
            .map_err(|_| TransportError::AddressForbidden)?;
        let timestamp = self.clock.now().unix_seconds();
        let body = with_timestamp(webhook.body, webhook.timestamp_offset, timestamp, webhook.event);
        let mut request = Request::new(Method::POST, url);
        *request.headers_mut() =
            headers(&signature_headers(&body, &webhook.secrets, webhook.event, timestamp));
        *request.body_mut() = Some(body.into());
        Ok(request)
    }

    async fn exchange(&self, request: Request, received: &mut Received) -> Result<Answer, Failure> {
        let secure = request.url().scheme() == "https";
        let mut response =
            self.client.execute(request).await.map_err(|error| failure::failure(&error, secure))?;
        let code = response.status().as_u16();
        received.code = Some(code);
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(retry_after::parse);
        received.read(&mut response).await?;
        Ok(Answer::Status { code, retry_after })
    }
}

#[async_trait]
impl WebhookSender for HttpWebhookSender {
    async fn send(&self, webhook: OutgoingWebhook) -> Result<SendReport, NotSent> {
        let begun = Instant::now();
        let mut received = Received::default();
        let application = webhook.application;
        let result = match self.request(webhook) {
            Err(error) => Err(error.into()),
            Ok(request) => {
                let exchange = lookups::of(application, self.exchange(request, &mut received));
                tokio::time::timeout(self.settings.total_timeout, exchange)
                    .await
                    .unwrap_or(Err(TransportError::TimedOut.into()))
            }
        };
        let answer = match result {
            Ok(answer) => answer,
            Err(Failure::Transport(error)) => Answer::Nothing { error, code: received.code },
            Err(Failure::NotSent(why)) => return Err(why),
        };
        Ok(SendReport {
            answer,
            duration: begun.elapsed(),
            excerpt: String::from_utf8_lossy(&received.body).into_owned(),
        })
    }
}

/// The part of the response received before the attempt ended, however it ended.
#[derive(Default)]
struct Received {
    code: Option<u16>,
    body: Vec<u8>,
}

impl Received {
    /// Reads to the end or to the limit. The connection is reused only in the first case.
    async fn read(&mut self, response: &mut Response) -> Result<(), TransportError> {
        while let Some(chunk) = response.chunk().await.map_err(|_| TransportError::Broken)? {
            let room = ANSWER_BYTES.saturating_sub(self.body.len());
            self.body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if self.body.len() >= ANSWER_BYTES {
                break;
            }
        }
        Ok(())
    }
}

/// Replaces the placeholder `0` in the body with the time of the attempt.
fn with_timestamp(mut body: String, offset: usize, timestamp: i64, event: EventId) -> String {
    if body.as_bytes().get(offset) == Some(&b'0') {
        body.replace_range(offset..=offset, &timestamp.to_string());
    } else {
        // The receiver will reject it; an operator has to investigate.
        tracing::error!(%event, offset, "the stored event has no place for a timestamp");
    }
    body
}

#[expect(clippy::expect_used, reason = "signatures, ids and numbers are visible ASCII")]
fn headers(signatures: &[(&'static str, String)]) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(signatures.len() + 3);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in signatures {
        let value = HeaderValue::from_str(value).expect("visible ASCII");
        headers.insert(HeaderName::from_static(name), value);
    }
    headers
}
