//! The sender against cooperative and hostile receivers.

mod answers;
mod forbidden;
mod hostile;
mod receiver;
mod subject;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{AddressGuard, GuardedUrlPolicy, HttpWebhookSender, SenderSettings};
use users_domain::model::webhooks::{
    Answer, DestinationUrl, SigningSecrets, TransportError, WebhookSecret,
};
use users_domain::model::{ApplicationId, EventId, Network, Timestamp};
use users_domain::ports::{Clock, OutgoingWebhook, SendReport, WebhookSender as _};

const BODY: &str = r#"{"status":"ACTIVE","timestamp":0,"webhook_type":"user.status.updated"}"#;
const TIME: &str = "2026-03-31T15:13:20.999999Z";
const UNIX_SECONDS: &str = "1774970000";

struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Opens no address; http is allowed.
fn public_only() -> GuardedUrlPolicy {
    GuardedUrlPolicy::new(AddressGuard::default(), true)
}

/// Opens loopback; http is allowed.
fn loopback() -> GuardedUrlPolicy {
    let opened: [Network; 2] =
        [Network::parse("127.0.0.0/8").unwrap(), Network::parse("::1").unwrap()];
    GuardedUrlPolicy::new(AddressGuard::new(opened), true)
}

fn sender(policy: GuardedUrlPolicy, settings: SenderSettings) -> HttpWebhookSender {
    let clock = Arc::new(Stopped(Timestamp::parse(TIME).unwrap()));
    HttpWebhookSender::new(policy, settings, clock).unwrap()
}

/// With the default timeouts, which suffice on a busy machine.
fn patient() -> HttpWebhookSender {
    sender(loopback(), SenderSettings::default())
}

/// For receivers that never respond or never finish.
fn impatient(total: Duration) -> HttpWebhookSender {
    let settings = SenderSettings { total_timeout: total, ..SenderSettings::default() };
    sender(loopback(), settings)
}

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes([7; 32])
}

fn webhook(url: &str) -> OutgoingWebhook {
    OutgoingWebhook {
        application: ApplicationId::new(uuid::Uuid::from_u128(1)),
        url: DestinationUrl::accepted(url.to_owned()),
        secrets: SigningSecrets::new(secret(), Vec::new()),
        event: EventId::parse("0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c").unwrap(),
        body: BODY.to_owned(),
        timestamp_offset: BODY.find(":0,").unwrap() + 1,
    }
}

async fn send(sender: &HttpWebhookSender, url: &str) -> SendReport {
    sender.send(webhook(url)).await.unwrap()
}

fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after: None }
}

fn nothing(error: TransportError) -> Answer {
    Answer::Nothing { error, code: None }
}

fn cut_off(error: TransportError, code: u16) -> Answer {
    Answer::Nothing { error, code: Some(code) }
}
