//! The deliveries of a lane that are in hand: read and not yet written down.

use std::collections::{HashMap, VecDeque};

use tokio::task::Id;
use tokio::time::Instant;
use users_domain::model::webhooks::{Answer, NextStep, StoredMessage};
use users_domain::model::{AttemptId, Timestamp};
use users_domain::ports::{DueDelivery, SettledAttempt};

/// An attempt that was begun.
pub(super) struct InFlightAttempt {
    pub(super) id: AttemptId,
    pub(super) place: i64,
    pub(super) number: u32,
    pub(super) recorded_at: Timestamp,
    /// Without its body, which is with the sender.
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

/// Each delivery in hand is in one of these.
#[derive(Default)]
pub(super) struct InFlight {
    /// To be sent, in this order.
    pub(super) waiting: VecDeque<DueDelivery>,
    /// Under way, by the task that sends.
    pub(super) under_way: HashMap<Id, InFlightAttempt>,
    /// Over, in the order in which they ended.
    pub(super) ended: Vec<SettledAttempt>,
    /// When the first of `ended` was.
    pub(super) first_ended_at: Option<Instant>,
    /// Being written down.
    pub(super) settling: Vec<i64>,
}

impl InFlight {
    pub(super) fn end(&mut self, attempt: SettledAttempt) {
        self.first_ended_at.get_or_insert_with(Instant::now);
        self.ended.push(attempt);
    }

    /// What is to be written down next; from now on it is being so.
    pub(super) fn take_ended(&mut self) -> Vec<SettledAttempt> {
        self.first_ended_at = None;
        let ended = std::mem::take(&mut self.ended);
        self.settling = ended.iter().map(|attempt| attempt.place).collect();
        ended
    }

    /// Attempts that are over and not written down.
    pub(super) fn unsettled(&self) -> usize {
        self.ended.len() + self.settling.len()
    }

    /// The places of everything in hand.
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
