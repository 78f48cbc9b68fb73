//! Works on one leased lane, from the lease to its release.

mod acknowledging;
mod attempts;
mod place;
mod reading;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::select;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use users_domain::model::webhooks::{
    DestinationUrl, DisabledReason, LaneHealth, SigningSecrets, WebhookSecret,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use users_domain::ports::{DueDelivery, LeasedLane, NotSent, SecretVault, SendReport, StoreError};
use users_domain::rules::webhooks::health::{self, Permit};

use super::in_flight::InFlight;
use super::lease::{Lease, renew_all};
use super::settling::Flushed;
use super::shares::Share;
use super::slot::Slot;
use super::{DeferReason, Shared, WorkReport, notices};
use reading::LastRead;

/// State of the lease.
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
    application: ApplicationId,
    destination: DestinationId,
    url: DestinationUrl,
    /// `None` if not every secret can be opened.
    secrets: Option<SigningSecrets>,
    leased_at: Timestamp,
    asked_at: Instant,
    health: LaneHealth,
    disable: Option<DisabledReason>,
    disable_written: bool,
    /// `None` while the lane only waits for slow answers and has nothing else in hand.
    place: Option<Share>,
    hand: InFlight,
    sends: JoinSet<Sent>,
    /// When an attempt last began or ended.
    moved_at: Instant,
    turn: Slot<Share>,
    flush: Slot<Flushed>,
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
    pub(super) fn new(shared: &Arc<Shared>, lane: LeasedLane, asked_at: Instant) -> Self {
        if lane.taken_over {
            count_taken_over(shared, &lane);
        }
        Self {
            lease: Lease::new(
                &shared.leases,
                (lane.lane, lane.epoch),
                asked_at,
                shared.limits.lease,
            ),
            secrets: open(shared.ports.vault.as_ref(), &lane),
            shared: Arc::clone(shared),
            application: lane.application,
            destination: lane.destination,
            url: lane.url,
            leased_at: lane.leased_at,
            asked_at,
            health: lane.health,
            disable: None,
            disable_written: false,
            place: Some(shared.places.give(lane.application)),
            read: LastRead::of(lane.due.len() >= shared.limits.batch, asked_at),
            hand: InFlight {
                waiting: lane.due.into(),
                ..InFlight::default()
            },
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
            report: WorkReport {
                lanes: 1,
                ..WorkReport::default()
            },
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
                flushed = self.flush.end() => {
                    self.flushed(&flushed);
                    if flushed.release {
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
        let micros = self.leased_at.unix_micros().saturating_add(passed);
        Timestamp::from_unix_micros(micros).unwrap_or(self.leased_at)
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
            && !self.hand.waiting.is_empty()
            && !self.store_unavailable.load(Ordering::Relaxed)
            && self.hand.unsettled() < 2 * limits.ack_batch
            && self.has_room()
            && lease_holds()
    }

    fn has_room(&self) -> bool {
        let under_way = self.sends.len();
        match health::permit(&self.health, self.database_now()) {
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
            let attempts = Arc::clone(&self.shared.attempts);
            self.turn.put(attempts.take(self.application));
        }
        if self.renewal.is_empty() && self.renew_at().is_some_and(|at| at <= now) {
            let renewal = renew_all(Arc::clone(&self.shared), self.lease.key());
            self.renewal.put(renewal);
        }
        if self.reading.is_empty() && self.read_at(now).is_some_and(|at| at <= now) {
            self.begin_reading();
        }
        self.leave_place(now);
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
        let flush = self.hand.first_ended_at;
        let flush = flush
            .filter(|_| self.flush.is_empty())
            .map(|first| first + self.shared.limits.ack_delay);
        let renew = self.renew_at().filter(|_| self.renewal.is_empty());
        let slice = self.asked_at + self.shared.limits.slice;
        let slice = Some(slice).filter(|end| *end > now);
        let read = self.read_at(now).filter(|_| self.reading.is_empty());
        let leave = self.leave_place_at().filter(|at| *at > now);
        let next = [flush, renew, slice, read, leave]
            .into_iter()
            .flatten()
            .min();
        next.unwrap_or_else(|| now + self.shared.limits.lease)
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

/// Opens all secrets; `None` if one fails, because it is unknown which secret the receiver knows.
fn open(vault: &dyn SecretVault, lane: &LeasedLane) -> Option<SigningSecrets> {
    let secrets = lane.secrets.iter();
    let opened: Vec<WebhookSecret> = secrets
        .map(|sealed| vault.open(sealed, lane.destination))
        .collect::<Result<_, _>>()
        .ok()?;
    let mut opened = opened.into_iter();
    let newest = opened.next()?;
    Some(SigningSecrets::new(newest, opened.collect()))
}
