//! The deliveries of a lane that this process has read but not yet settled.

use std::collections::{HashMap, VecDeque};

use tokio::task::Id;
use tokio::time::Instant;
use users_domain::model::AttemptId;
use users_domain::ports::{DueDelivery, SettledAttempt};

/// Each delivery is in exactly one of these collections.
#[derive(Default)]
pub(super) struct InFlight {
    /// Still to send, in this order.
    pub(super) waiting: VecDeque<DueDelivery>,
    /// Being sent, by the id of the sending task; without their bodies, which the sender has.
    pub(super) under_way: HashMap<Id, (AttemptId, DueDelivery)>,
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
        self.settling = ended.iter().map(|attempt| attempt.delivery.queue_seq).collect();
        ended
    }

    /// Number of attempts that are finished but not stored.
    pub(super) fn unsettled(&self) -> usize {
        self.ended.len() + self.settling.len()
    }

    /// The `queue_seq` of each of these deliveries.
    pub(super) fn queue_seqs(&self) -> Vec<i64> {
        let under_way = self.under_way.values().map(|(_, delivery)| delivery);
        let ended = self.ended.iter().map(|attempt| &attempt.delivery);
        let deliveries = self.waiting.iter().chain(under_way).chain(ended);
        let queue_seqs = deliveries.map(|delivery| delivery.queue_seq);
        queue_seqs.chain(self.settling.iter().copied()).collect()
    }
}
