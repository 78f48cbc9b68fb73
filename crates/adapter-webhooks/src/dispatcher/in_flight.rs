//! The deliveries of a lane that this process has read but not yet settled.

use std::collections::{HashMap, VecDeque};

use tokio::task::Id;
use tokio::time::Instant;
use users_domain::model::webhooks::{Answer, NextStep, StoredMessage};
use users_domain::model::{AttemptId, Timestamp};
use users_domain::ports::{DueDelivery, SettledAttempt};

/// An attempt that has begun.
pub(super) struct InFlightAttempt {
    pub(super) id: AttemptId,
    pub(super) place: i64,
    pub(super) number: u32,
    pub(super) recorded_at: Timestamp,
    /// Without its body, which the sender has.
    pub(super) message: StoredMessage,
}

impl InFlightAttempt {
    pub(super) fn settled(
        self,
        answer: Answer,
        duration: std::time::Duration,
        next: NextStep,
    ) -> SettledAttempt {
        SettledAttempt {
            id: self.id,
            place: self.place,
            message: self.message,
            recorded_at: self.recorded_at,
            number: self.number,
            answer,
            duration,
            next,
        }
    }
}

/// Each delivery in hand is in exactly one of these collections.
#[derive(Default)]
pub(super) struct InFlight {
    /// Still to send, in this order.
    pub(super) waiting: VecDeque<DueDelivery>,
    /// Being sent, by the id of the sending task.
    pub(super) under_way: HashMap<Id, InFlightAttempt>,
    /// Finished, in the order of completion.
    pub(super) ended: Vec<SettledAttempt>,
    /// When the first attempt in `ended` finished.
    pub(super) first_ended_at: Option<Instant>,
    /// Places of the attempts being stored.
    pub(super) settling: Vec<i64>,
}

impl InFlight {
    pub(super) fn end(&mut self, attempt: SettledAttempt) {
        self.first_ended_at.get_or_insert_with(Instant::now);
        self.ended.push(attempt);
    }

    /// Moves the finished attempts to `settling` and returns them.
    pub(super) fn take_ended(&mut self) -> Vec<SettledAttempt> {
        self.first_ended_at = None;
        let ended = std::mem::take(&mut self.ended);
        self.settling = ended.iter().map(|attempt| attempt.place).collect();
        ended
    }

    /// Number of attempts that are finished but not stored.
    pub(super) fn unsettled(&self) -> usize {
        self.ended.len() + self.settling.len()
    }

    /// The places of all deliveries in hand.
    pub(super) fn places(&self) -> Vec<i64> {
        let waiting = self.waiting.iter().map(|delivery| delivery.place);
        let under_way = self.under_way.values().map(|begun| begun.place);
        let ended = self.ended.iter().map(|attempt| attempt.place);
        let settling = self.settling.iter().copied();
        waiting
            .chain(under_way)
            .chain(ended)
            .chain(settling)
            .collect()
    }
}
