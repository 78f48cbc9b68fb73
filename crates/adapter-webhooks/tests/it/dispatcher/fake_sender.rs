//! A fake sender whose answers the tests choose.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;
use users_domain::model::webhooks::Answer;
use users_domain::ports::{NotSent, OutgoingWebhook, SendReport, WebhookSender};

pub(super) const fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after: None }
}

type Respond = Box<dyn Fn(&OutgoingWebhook, usize) -> (Duration, Answer) + Send + Sync>;

#[derive(Default)]
pub(super) struct Seen {
    /// Bodies, in the order in which they were sent.
    pub(super) bodies: Vec<String>,
    /// Bodies that are not yet answered.
    pub(super) under_way: Vec<String>,
    /// The maximum number in flight at once, in total.
    pub(super) most: usize,
    /// The maximum number in flight at once per URL.
    pub(super) most_per_url: HashMap<String, usize>,
    per_url: HashMap<String, usize>,
}

/// Answers after a delay as a function of the webhook and of the number of earlier webhooks.
pub(super) struct FakeSender {
    respond: Respond,
    /// How many of the next attempts find no free name lookup.
    no_place_for: Mutex<usize>,
    seen: Mutex<Seen>,
}

impl FakeSender {
    pub(super) fn new(
        respond: impl Fn(&OutgoingWebhook, usize) -> (Duration, Answer) + Send + Sync + 'static,
    ) -> Self {
        Self { respond: Box::new(respond), no_place_for: Mutex::default(), seen: Mutex::default() }
    }

    /// Delivers everything after this delay.
    pub(super) fn delivering(takes: Duration) -> Self {
        Self::new(move |_, _| (takes, status(200)))
    }

    /// Makes the next `count` attempts find no free name lookup.
    pub(super) fn has_no_place_for(self, count: usize) -> Self {
        *self.no_place_for.lock().unwrap() = count;
        self
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    fn begin(&self, webhook: &OutgoingWebhook) -> usize {
        let mut seen = self.seen();
        let number = seen.bodies.len();
        seen.bodies.push(webhook.body.clone());
        seen.under_way.push(webhook.body.clone());
        seen.most = seen.most.max(seen.under_way.len());
        let url = webhook.url.as_str().to_owned();
        let now = seen.per_url.entry(url.clone()).or_default();
        *now += 1;
        let now = *now;
        let most = seen.most_per_url.entry(url).or_default();
        *most = now.max(*most);
        number
    }

    fn end(&self, webhook: &OutgoingWebhook) {
        let mut seen = self.seen();
        let ended = seen.under_way.iter().position(|body| *body == webhook.body);
        seen.under_way.remove(ended.unwrap());
        *seen.per_url.get_mut(webhook.url.as_str()).unwrap() -= 1;
    }
}

#[async_trait]
impl WebhookSender for FakeSender {
    async fn send(&self, webhook: OutgoingWebhook) -> Result<SendReport, NotSent> {
        {
            let mut no_place_for = self.no_place_for.lock().unwrap();
            if let Some(fewer) = no_place_for.checked_sub(1) {
                *no_place_for = fewer;
                return Err(NotSent::NoPlaceToLookUp);
            }
        }
        let number = self.begin(&webhook);
        let (takes, answer) = (self.respond)(&webhook, number);
        sleep(takes).await;
        self.end(&webhook);
        Ok(SendReport { answer, duration: takes, excerpt: String::new() })
    }
}
