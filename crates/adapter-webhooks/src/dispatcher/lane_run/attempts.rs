//! Starts attempts in turn and evaluates their answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::task::{Id, JoinError};
use tokio::time::{Instant, timeout};
use users_domain::model::webhooks::{Answer, AttemptOutcome, TransportError};
use users_domain::model::{AttemptId, random_uuid};
use users_domain::ports::{DueDelivery, NotSent, OutgoingWebhook, SendReport, SettledAttempt};
use users_domain::rules::webhooks::{health, next_step};

use super::{LaneRun, Sent};
use crate::dispatcher::shares::Share;
use crate::dispatcher::{DeferReason, notices};
use crate::metrics::DeliveryMetrics;

/// An attempt is cut off when the sender exceeds its own limit by this much.
const SENDER_GRACE: Duration = Duration::from_secs(1);

impl LaneRun {
    pub(super) fn begin_attempt(&mut self, turn: Share) {
        // Time has passed since the permit was requested.
        if !self.may_begin(Instant::now()) {
            return;
        }
        let Some(mut delivery) = self.in_flight.waiting.pop_front() else {
            return;
        };
        let now = self.database_now();
        if delivery.attempts_made == 0 {
            let lag = now.unix_micros() - delivery.recorded_at.unix_micros();
            let lag = Duration::from_micros(u64::try_from(lag).unwrap_or(0));
            self.shared.metrics.first_attempt_after(lag);
        }
        let body = delivery.message.body.take();
        let id = AttemptId::new(random_uuid(now, self.shared.ports.entropy.seed()));
        match (body, &self.secrets) {
            (None, _) => self.ended(id, delivery, nothing(TransportError::Erased), Duration::ZERO),
            (Some(_), None) => self.defer(DeferReason::SecretsSealed),
            (Some(body), Some(secrets)) => {
                let webhook = OutgoingWebhook {
                    application: self.lane.application,
                    url: self.lane.url.clone(),
                    secrets: secrets.clone(),
                    event: delivery.message.event,
                    body,
                    timestamp_offset: delivery.message.timestamp_offset,
                };
                let sending = self.send(webhook, turn);
                self.in_flight.under_way.insert(sending, (id, delivery));
            }
        }
    }

    fn send(&mut self, webhook: OutgoingWebhook, turn: Share) -> Id {
        let sender = Arc::clone(&self.shared.ports.sender);
        let (leases, key) = (Arc::clone(&self.shared.leases), self.lease.key());
        let under_way = UnderWay::new(&self.shared.metrics);
        let limit = self.shared.limits.request_timeout + SENDER_GRACE;
        let task = self.sends.spawn(async move {
            let _for_as_long = (turn, under_way);
            let unanswered = SendReport {
                answer: nothing(TransportError::TimedOut),
                duration: limit,
                excerpt: String::new(),
            };
            select! {
                biased;
                // From now on another worker may send the same delivery.
                () = leases.ended(key) => None,
                sent = timeout(limit, sender.send(webhook)) => Some(sent.unwrap_or(Ok(unanswered))),
            }
        });
        self.moved_at = Instant::now();
        task.id()
    }

    pub(super) fn attempt_answered(&mut self, sent: Result<(Id, Sent), JoinError>) {
        let (task, report) = match sent {
            Ok((task, report)) => (task, report),
            Err(failed) => {
                tracing::error!(error = %failed, "sending a webhook ended without an answer");
                let report = SendReport {
                    answer: nothing(TransportError::Broken),
                    duration: Duration::ZERO,
                    excerpt: String::new(),
                };
                (failed.id(), Some(Ok(report)))
            }
        };
        let Some((id, delivery)) = self.in_flight.under_way.remove(&task) else {
            return;
        };
        self.moved_at = Instant::now();
        match report {
            Some(Ok(report)) => self.ended(id, delivery, report.answer, report.duration),
            Some(Err(NotSent::NoPlaceToLookUp)) => self.defer(DeferReason::NoPlaceToLookUp),
            None => self.shared.metrics.duplicates_possible(1),
        }
    }

    /// Begins no further attempts. Unsent deliveries stay due unchanged.
    fn defer(&mut self, why: DeferReason) {
        if self.deferred.is_none() {
            self.deferred = Some(why);
            self.shared.defer_log.log(self.lane.destination, why);
            self.shared.metrics.deferred(why);
        }
    }

    fn ended(&mut self, id: AttemptId, delivery: DueDelivery, answer: Answer, duration: Duration) {
        self.learn(answer);
        let number = delivery.attempt_number();
        let next = next_step(answer, number, self.random());
        let outcome = next.outcome();
        // A delivery whose event was erased is not a missing delivery.
        let erased = answer.transport_error() == Some(TransportError::Erased);
        if outcome == AttemptOutcome::DeadLettered && !erased && !self.given_up_logged {
            self.given_up_logged = true;
            notices::log_given_up(self.lane.destination, number, answer);
        }
        self.shared.metrics.attempt_ended(outcome);
        self.report.count(outcome);
        self.read.ended += 1;
        self.in_flight.end(SettledAttempt { id, delivery, answer, duration, next });
    }

    fn learn(&mut self, answer: Answer) {
        let recorded = health::record(&self.lane.health, answer, self.database_now());
        let destination = self.lane.destination;
        notices::log_change(destination, &self.lane.health, &recorded.health, answer);
        self.lane.health = recorded.health;
        if let (None, Some(reason)) = (self.disable, recorded.disable) {
            notices::log_disabled(destination, reason, &self.lane.health);
            self.disable = Some(reason);
        }
    }

    fn random(&self) -> u64 {
        let seed = self.shared.ports.entropy.seed();
        seed.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

const fn nothing(error: TransportError) -> Answer {
    Answer::Nothing { error, code: None }
}

/// Counts an attempt as in flight until it is dropped, also when the attempt is cut off.
struct UnderWay(DeliveryMetrics);

impl UnderWay {
    fn new(metrics: &DeliveryMetrics) -> Self {
        metrics.attempt_began();
        Self(metrics.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.attempt_left();
    }
}
