//! The sender as subject of the conformance suite, and senders with flaws.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, mpsc};

use adapter_webhooks::NameLookup;
use async_trait::async_trait;
use testkit::conformance::{
    Manner, Received, Receivers, SenderSubject, failure_of, sender as suite,
};
use users_domain::ports::{NotSent, WebhookSender};

use super::answers::{answer, is_signed, parts};
use super::receiver::Receiver;
use super::*;

/// Enough for a busy machine to send the beginning of a response.
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Started {
    receivers: Mutex<HashMap<String, Receiver>>,
    /// Lookups of silent names end when these are dropped.
    silent: Mutex<Vec<mpsc::Sender<()>>>,
}

/// Lookups of names that begin with `silent` block until the other part is dropped; other names resolve to loopback.
fn lookup() -> (NameLookup, mpsc::Sender<()>) {
    let (let_answer, may_answer) = mpsc::channel::<()>();
    let may_answer = Mutex::new(may_answer);
    let look_up = NameLookup::new(move |name| {
        if name.starts_with("silent") {
            let _ = may_answer.lock().unwrap().recv();
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
    });
    (look_up, let_answer)
}

impl Started {
    fn sender(&self, settings: SenderSettings) -> Arc<dyn WebhookSender> {
        let (look_up, let_answer) = lookup();
        self.silent.lock().unwrap().push(let_answer);
        let opened = Network::parse("127.0.0.1").unwrap();
        let policy = GuardedUrlPolicy::new(AddressGuard::new([opened]), true);
        Arc::new(sender(policy, SenderSettings { look_up, ..settings }))
    }
}

/// A receiver that writes these bytes after a request and then does nothing.
async fn stopping_after(bytes: &'static str) -> Receiver {
    Receiver::doing(move |mut connection| async move {
        connection.request().await;
        connection.write(bytes).await;
        connection.hang().await;
    })
    .await
}

#[async_trait]
impl Receivers for Started {
    async fn start(&self, manner: Manner) -> DestinationUrl {
        let is_forbidden = manner == Manner::IsForbidden;
        let is_silent = manner == Manner::HasASilentName;
        let receiver = match manner {
            Manner::Answers(code) => {
                Receiver::answering(answer(&format!("{code} So"), "", "")).await
            }
            Manner::RedirectsTo(code, url) => {
                let location = format!("location: {}\r\n", url.as_str());
                Receiver::answering(answer(&format!("{code} There"), &location, "")).await
            }
            Manner::Hangs => stopping_after("").await,
            Manner::StopsWithinItsBody => {
                stopping_after("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfirst").await
            }
            Manner::WritesWithoutEnd => {
                Receiver::doing(|mut connection| async move {
                    connection.request().await;
                    connection.write("HTTP/1.1 200 OK\r\n\r\n").await;
                    connection.write_without_end(&[b'a'; 1024]).await;
                })
                .await
            }
            Manner::Closes => {
                Receiver::doing(|mut connection| async move {
                    connection.request().await;
                })
                .await
            }
            Manner::IsForbidden | Manner::HasASilentName => Receiver::trap().await,
        };
        let port = receiver.address.port();
        let host = if is_forbidden {
            // Only 127.0.0.1 is opened.
            "127.0.0.2".to_owned()
        } else if is_silent {
            format!("silent-{port}.example")
        } else {
            "receiver.example".to_owned()
        };
        let url = format!("http://{host}:{port}/hook");
        self.receivers.lock().unwrap().insert(url.clone(), receiver);
        DestinationUrl::accepted(url)
    }

    async fn received(&self, url: &DestinationUrl) -> Vec<Received> {
        let mut receivers = self.receivers.lock().unwrap();
        let receiver = receivers.get_mut(url.as_str()).unwrap();
        let requests = std::iter::from_fn(|| receiver.received());
        requests
            .map(|request| {
                let (_, headers, body) = parts(&request);
                let time = headers.get("webhook-timestamp");
                let is_current = time.is_some_and(|time| time == UNIX_SECONDS);
                let is_signed = is_current && is_signed(body, &headers);
                Received { body: body.to_owned(), is_signed }
            })
            .collect()
    }

    async fn prevented(&self, application: ApplicationId) -> Arc<dyn WebhookSender> {
        let sender = self.sender(SenderSettings {
            connect_timeout: Duration::from_millis(100),
            lookups_at_once: 4,
            ..SenderSettings::default()
        });
        // The lookup outlasts the attempt and uses up the application's share.
        let silent = OutgoingWebhook { application, ..webhook("http://silent.example/") };
        let report = sender.send(silent).await.unwrap();
        assert_eq!(report.answer, nothing(TransportError::NotConnected));
        sender
    }
}

async fn subject() -> SenderSubject {
    let receivers = Arc::new(Started::default());
    SenderSubject {
        sender: receivers
            .sender(SenderSettings { total_timeout: LIMIT, ..SenderSettings::default() }),
        now: Timestamp::parse(TIME).unwrap(),
        time_limit: LIMIT,
        size_limit: 4096,
        secret: secret(),
        receivers,
    }
}

testkit::conformance!(sender, subject);

type Distort = fn(OutgoingWebhook, Result<SendReport, NotSent>) -> Result<SendReport, NotSent>;

/// Sends another webhook, and returns another report.
struct Torn {
    inner: Arc<dyn WebhookSender>,
    before: fn(&mut OutgoingWebhook),
    after: Distort,
}

#[async_trait]
impl WebhookSender for Torn {
    async fn send(&self, mut webhook: OutgoingWebhook) -> Result<SendReport, NotSent> {
        (self.before)(&mut webhook);
        let report = self.inner.send(webhook.clone()).await;
        (self.after)(webhook, report)
    }
}

#[test]
fn flaws_are_detected() {
    let unchanged: fn(&mut OutgoingWebhook) = |_| {};
    let same: Distort = |_, report| report;
    let torn = async |before: fn(&mut OutgoingWebhook), after: Distort| {
        let subject = subject().await;
        let inner = Arc::clone(&subject.sender);
        SenderSubject { sender: Arc::new(Torn { inner, before, after }), ..subject }
    };
    let failures = [
        failure_of(async {
            let unsigned = |webhook: &mut OutgoingWebhook| {
                let other = WebhookSecret::from_bytes([8; 32]);
                webhook.secrets = SigningSecrets::new(other, Vec::new());
            };
            let subject = torn(unsigned, same).await;
            suite::a_webhook_arrives_signed_with_the_time_of_the_attempt(&subject).await;
        }),
        failure_of(async {
            let succeeds: Distort =
                |_, report| report.map(|report| SendReport { answer: status(200), ..report });
            let subject = torn(unchanged, succeeds).await;
            suite::every_status_is_reported(&subject).await;
        }),
        failure_of(async {
            let long: Distort = |_, report| {
                report.map(|report| SendReport { excerpt: report.excerpt.repeat(2), ..report })
            };
            let subject = torn(unchanged, long).await;
            suite::a_response_is_read_up_to_its_size_limit(&subject).await;
        }),
        failure_of(async {
            let elsewhere = |webhook: &mut OutgoingWebhook| {
                let url = webhook.url.as_str().replace("127.0.0.2", "127.0.0.1");
                webhook.url = DestinationUrl::accepted(url);
            };
            let subject = torn(elsewhere, same).await;
            suite::a_forbidden_address_is_not_called(&subject).await;
        }),
    ];
    for failure in failures {
        assert!(failure.unwrap().contains("left == right"));
    }
}
