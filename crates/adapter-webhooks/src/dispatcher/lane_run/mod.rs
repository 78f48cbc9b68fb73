//! Works on one leased lane, from the lease to its release.

mod acknowledging;
mod attempts;
mod reading;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::select;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use users_domain::model::Timestamp;
use users_domain::model::webhooks::{DisabledReason, SigningSecrets};
use users_domain::ports::{
    DueDelivery, LeasedLane, NotSent, SendReport, Settlement, SettlementResult, StoreError,
    open_all,
};
use users_domain::rules::webhooks::health::{self, Permit};

use super::in_flight::InFlight;
use super::lease::{Lease, renew_all};
use super::shares::Share;
use super::slot::Slot;
use super::{DeferReason, Shared, WorkReport, notices};
use reading::LastRead;

/// The run keeps its permit while it waits for attempts that take up to this long.
const SLOW: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    Ours,
    BeingGivenBack,
    /// Lost or unknown: another worker has the lane, a client changed it, or the lease has expired.
    Lost,
}

/// Why sent deliveries may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// Another worker has leased the lane since.
    TakenOver,
    /// Some attempts could not be stored.
    Unwritten,
}

/// Result of an attempt; `None` if the attempt was cut off at the end of the lease.
type Sent = Option<Result<SendReport, NotSent>>;

/// A leased lane. Dropped without [`run`](Self::run), the lane stays leased until its lease expires.
pub struct LaneRun {
    shared: Arc<Shared>,
    lease: Lease,
    /// Its health changes with every answer; its deliveries are in `in_flight`.
    lane: LeasedLane,
    /// `None` if not every secret can be opened.
    secrets: Option<SigningSecrets>,
    asked_at: Instant,
    disable: Option<DisabledReason>,
    disable_written: bool,
    /// `None` while the lane only waits for slow answers and has no other delivery.
    permit: Option<Share>,
    in_flight: InFlight,
    sends: JoinSet<Sent>,
    /// When an attempt last began or ended.
    moved_at: Instant,
    turn: Slot<Share>,
    /// `None` if the store did not accept the settlement.
    flush: Slot<(Settlement, Option<SettlementResult>)>,
    store_unavailable: Arc<AtomicBool>,
    reading: Slot<Result<Vec<DueDelivery>, StoreError>>,
    read: LastRead,
    renewal: Slot<bool>,
    renew_not_before: Instant,
    hold: Hold,
    lost: Option<Loss>,
    /// Why this run sends nothing more.
    deferred: Option<DeferReason>,
    given_up_logged: bool,
    report: WorkReport,
}

impl LaneRun {
    pub(super) fn new(shared: &Arc<Shared>, mut lane: LeasedLane, asked_at: Instant) -> Self {
        if lane.taken_over {
            count_taken_over(shared, &lane);
        }
        let due = std::mem::take(&mut lane.due);
        Self {
            lease: Lease::new(
                &shared.leases,
                (lane.lane, lane.epoch),
                asked_at,
                shared.limits.lease,
            ),
            secrets: open_all(&*shared.ports.vault, &lane.secrets, lane.destination).ok().flatten(),
            shared: Arc::clone(shared),
            asked_at,
            disable: None,
            disable_written: false,
            permit: Some(shared.lane_permits.give(lane.application)),
            lane,
            read: LastRead::of(due.len() >= shared.limits.batch, asked_at),
            in_flight: InFlight { waiting: due.into(), ..InFlight::default() },
            sends: JoinSet::new(),
            moved_at: asked_at,
            turn: Slot::empty(),
            flush: Slot::empty(),
            store_unavailable: Arc::default(),
            reading: Slot::empty(),
            renewal: Slot::empty(),
            renew_not_before: asked_at,
            hold: Hold::Ours,
            lost: None,
            deferred: None,
            given_up_logged: false,
            report: WorkReport { lanes: 1, ..WorkReport::default() },
        }
    }

    /// Sends until nothing is due, the slice is over or sending is not allowed, then releases the lane.
    pub async fn run(mut self) -> WorkReport {
        let mut stopping = self.shared.stopping.subscribe();
        loop {
            self.begin_what_is_due();
            let wake_at = self.wake_at();
            select! {
                turn = self.turn.end() => self.begin_attempt(turn),
                Some(sent) = self.sends.join_next_with_id() => self.attempt_answered(sent),
                (settlement, result) = self.flush.end() => {
                    self.flushed(&settlement, result);
                    if settlement.release {
                        return self.finish();
                    }
                }
                due = self.reading.end() => self.read_more(due),
                renewed = self.renewal.end() => self.renewed(renewed),
                () = sleep_until(wake_at) => {}
                Ok(()) = stopping.changed() => {}
            }
        }
    }

    /// The database's time: the time of the lease plus the time since it was requested, so late rather than early.
    fn database_now(&self) -> Timestamp {
        let passed = i64::try_from(self.asked_at.elapsed().as_micros()).unwrap_or(i64::MAX);
        let micros = self.lane.leased_at.unix_micros().saturating_add(passed);
        Timestamp::from_unix_micros(micros).unwrap_or(self.lane.leased_at)
    }

    /// Whether this run may begin no further attempts.
    fn is_over(&self, now: Instant) -> bool {
        self.hold != Hold::Ours
            || self.disable.is_some()
            || self.deferred.is_some()
            || *self.shared.stopping.borrow()
            || now >= self.asked_at + self.shared.limits.slice
    }

    fn may_begin(&self, now: Instant) -> bool {
        let limits = &self.shared.limits;
        // A lease that could have been renewed for a while but was not may expire during the attempt.
        let lease_holds = || {
            let until = self.lease.until();
            until.is_some_and(|until| now + limits.lease / 3 <= until)
        };
        !self.is_over(now)
            && !self.in_flight.waiting.is_empty()
            && !self.store_unavailable.load(Ordering::Relaxed)
            && self.in_flight.unsettled() < 2 * limits.ack_batch
            && self.has_room()
            && lease_holds()
    }

    fn has_room(&self) -> bool {
        let under_way = self.sends.len();
        match health::permit(&self.lane.health, self.database_now()) {
            Permit::Send { at_once } => u32::try_from(under_way).is_ok_and(|many| many < at_once),
            Permit::Probe => under_way == 0,
            Permit::Wait { .. } => false,
        }
    }

    fn begin_what_is_due(&mut self) {
        let now = Instant::now();
        let may_begin = self.may_begin(now);
        if !may_begin {
            self.turn.clear();
        } else if self.turn.is_empty() {
            let attempts = Arc::clone(&self.shared.attempt_permits);
            self.turn.put(attempts.take(self.lane.application));
        }
        if self.renewal.is_empty() && self.renew_at().is_some_and(|at| at <= now) {
            let renewal = renew_all(Arc::clone(&self.shared), self.lease.key());
            self.renewal.put(renewal);
        }
        if self.reading.is_empty() && self.read_at(now).is_some_and(|at| at <= now) {
            self.begin_reading();
        }
        self.release_permit(now);
        if self.flush.is_empty() {
            let idle = self.sends.is_empty() && !may_begin;
            let release = idle && self.reading.is_empty();
            if release || self.is_flush_due(now, idle) {
                self.begin_flush(release);
            }
        }
    }

    /// The next deadline that no other future wakes this loop for.
    fn wake_at(&self) -> Instant {
        let now = Instant::now();
        let flush = self.in_flight.first_ended_at;
        let flush = flush
            .filter(|_| self.flush.is_empty())
            .map(|first| first + self.shared.limits.ack_delay);
        let renew = self.renew_at().filter(|_| self.renewal.is_empty());
        let slice = self.asked_at + self.shared.limits.slice;
        let slice = Some(slice).filter(|end| *end > now);
        let read = self.read_at(now).filter(|_| self.reading.is_empty());
        let leave = self.release_permit_at().filter(|at| *at > now);
        let next = [flush, renew, slice, read, leave].into_iter().flatten().min();
        next.unwrap_or_else(|| now + self.shared.limits.lease)
    }

    /// When to release the permit of the lane if nothing happens before: while the run only waits for slow answers,
    /// other lanes can proceed.
    fn release_permit_at(&self) -> Option<Instant> {
        let waits = self.permit.is_some() && !self.sends.is_empty();
        waits.then(|| self.moved_at + SLOW)
    }

    /// Releases the permit if it is time. Unsent deliveries stay due and are read again later.
    fn release_permit(&mut self, now: Instant) {
        let is_time = self.release_permit_at().is_some_and(|at| at <= now);
        if is_time && self.turn.is_empty() && self.reading.is_empty() && self.flush.is_empty() {
            self.read.more = !self.in_flight.waiting.is_empty();
            self.in_flight.waiting.clear();
            self.permit = None;
        }
    }

    /// Whether the run has a permit; tries to take one if not.
    fn has_permit(&mut self) -> bool {
        if self.permit.is_none() {
            self.permit = self.shared.lane_permits.try_take(self.lane.application);
        }
        self.permit.is_some()
    }

    fn renew_at(&self) -> Option<Instant> {
        let half = self.lease.until()? - self.shared.limits.lease / 2;
        Some(half.max(self.renew_not_before))
    }

    fn renewed(&mut self, answered: bool) {
        if !answered {
            self.renew_not_before = Instant::now() + self.shared.limits.lease / 30;
        } else if self.lease.until().is_none() {
            self.hold = Hold::Lost;
        }
    }
}

/// The previous worker may be dead, and its counters with it.
fn count_taken_over(shared: &Shared, lane: &LeasedLane) {
    let at_once = usize::try_from(health::most_at_once(&lane.health)).unwrap_or(usize::MAX);
    let again = lane.due.len().min(at_once);
    notices::log_taken_over(lane.destination, again);
    shared.metrics.lease_lost();
    shared.metrics.duplicates_possible(again);
}
