//! In-memory lanes for one or more workers that follow the contract of the port and can be made to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use testkit::conformance::{InspectLanes, LaneRow, Obstacle};
use tokio::time::{Instant, sleep};
use users_domain::model::webhooks::{
    DestinationUrl, DisabledReason, LaneEpoch, LaneHealth, LaneId, NextStep, SealedSecret,
    StoredMessage,
};
use users_domain::model::{ApplicationId, DestinationId, EventId, Timestamp, WorkerId};
use users_domain::ports::{
    DueDelivery, LaneStore, LeaseRequest, LeasedLane, Settlement, SettlementResult, StoreError,
};
use users_domain::rules::webhooks::health;
use uuid::Uuid;

/// A waiting delivery; `due: None` means parked behind another delivery of the same user.
struct Waiting {
    user: &'static str,
    due: Option<Instant>,
    attempts_made: u32,
    delivery: DueDelivery,
}

pub(super) struct FakeLane {
    application: ApplicationId,
    pub(super) epoch: i64,
    /// The epoch of the current lease; a client's change to the destination makes it obsolete.
    leased_epoch: i64,
    lease: Option<(WorkerId, Instant)>,
    wake_at: Instant,
    /// Nothing is sent before this time.
    paused_until: Option<Timestamp>,
    pub(super) health: LaneHealth,
    /// Whether the older of its secrets cannot be opened.
    pub(super) sealed: bool,
    disabled: bool,
    waiting: BTreeMap<i64, Waiting>,
    dead_letters: BTreeSet<i64>,
    attempts: usize,
    failures: usize,
}

/// A call of `settle` and the time since the start of the test.
pub(super) struct Settled {
    pub(super) after: Duration,
    pub(super) settlement: Settlement,
}

#[derive(Default)]
pub(super) struct State {
    lanes: BTreeMap<LaneId, FakeLane>,
    queue_seqs: i64,
    pub(super) settled: Vec<Settled>,
    pub(super) renewed: Vec<Vec<LaneId>>,
    pub(super) reads: usize,
    /// Grants the next lease but returns an error to the worker.
    pub(super) lease_response_lost: bool,
    /// How many of the next settlements fail.
    pub(super) failing_settlements: usize,
    /// How long a settlement takes.
    pub(super) settling_takes: Duration,
    pub(super) renewals_refused: bool,
    pub(super) renewals_fail: bool,
}

pub(super) struct FakeLanes {
    began: Instant,
    state: Mutex<State>,
}

impl FakeLanes {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), state: Mutex::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn database_now(&self) -> Timestamp {
        testkit::base_time().plus_millis(u64::try_from(self.began.elapsed().as_millis()).unwrap())
    }

    pub(super) fn url(lane: LaneId) -> DestinationUrl {
        DestinationUrl::accepted(format!("https://receiver-{}.example/", lane.number()))
    }

    pub(super) fn add_lane(&self) -> LaneId {
        self.add_lane_of(1)
    }

    pub(super) fn add_lane_of(&self, application: u128) -> LaneId {
        let mut state = self.state();
        let lane = LaneId::new(i64::try_from(state.lanes.len()).unwrap() + 1);
        let fresh = FakeLane {
            application: ApplicationId::new(Uuid::from_u128(application)),
            epoch: 0,
            leased_epoch: 0,
            lease: None,
            wake_at: never(),
            paused_until: None,
            health: health::healthy(),
            sealed: false,
            disabled: false,
            waiting: BTreeMap::new(),
            dead_letters: BTreeSet::new(),
            attempts: 0,
            failures: 0,
        };
        state.lanes.insert(lane, fresh);
        lane
    }

    pub(super) fn with<T>(&self, lane: LaneId, change: impl FnOnce(&mut FakeLane) -> T) -> T {
        change(self.state().lanes.get_mut(&lane).unwrap())
    }

    /// Adds an event of a user. The body names the user and the number of the event.
    pub(super) fn add(&self, lane: LaneId, user: &'static str, body: Option<&str>) -> i64 {
        let recorded_at = self.database_now();
        let mut state = self.state();
        state.queue_seqs += 1;
        let queue_seq = state.queue_seqs;
        let lane = state.lanes.get_mut(&lane).unwrap();
        let parked = lane.waiting.values().any(|other| other.user == user);
        let waiting = Waiting {
            user,
            due: (!parked).then(Instant::now),
            attempts_made: 0,
            delivery: DueDelivery {
                queue_seq,
                attempts_made: 0,
                recorded_at,
                message: StoredMessage {
                    event: EventId::new(Uuid::from_u128(u128::try_from(queue_seq).unwrap())),
                    webhook_type: "user.data.updated".to_owned(),
                    body: body.map(str::to_owned),
                    timestamp_offset: 0,
                },
            },
        };
        lane.waiting.insert(queue_seq, waiting);
        lane.wake_at = lane.wake_at.min(Instant::now());
        queue_seq
    }

    /// Adds one event for each of `count` users, so that none waits for another.
    pub(super) fn add_many(&self, lane: LaneId, count: usize) {
        for number in 0..count {
            let user: &'static str = Box::leak(format!("user-{number}").into_boxed_str());
            self.add(lane, user, Some(user));
        }
    }

    pub(super) fn waiting(&self, lane: LaneId) -> usize {
        self.with(lane, |lane| lane.waiting.len())
    }

    /// Lets another worker take the lane, as if the lease had expired.
    pub(super) fn steal(&self, lane: LaneId) {
        self.with(lane, |lane| {
            lane.epoch += 1;
            lane.leased_epoch = lane.epoch;
        });
    }

    /// Simulates a client's change to the destination.
    pub(super) fn change(&self, lane: LaneId) {
        self.with(lane, |lane| lane.epoch += 1);
    }

    /// Lets another worker lease the lane and die.
    pub(super) fn lease_to_the_dead(&self, lane: LaneId, lease: Duration) {
        let dead = WorkerId::new(Uuid::from_u128(404));
        self.with(lane, |lane| lane.lease_to(dead, lease));
    }

    /// Lets another worker settle everything.
    pub(super) fn forget_waiting(&self, lane: LaneId) {
        self.with(lane, |lane| lane.waiting.clear());
    }

    pub(super) fn is_leased(&self, lane: LaneId) -> bool {
        self.with(lane, |lane| lane.lease.is_some())
    }

    /// The reasons of all settlements that disabled a destination.
    pub(super) fn disabled_reasons(&self) -> Vec<DisabledReason> {
        let state = self.state();
        let settled = state.settled.iter();
        settled.filter_map(|settled| settled.settlement.disable).collect()
    }

    /// The number of attempts in each settlement.
    pub(super) fn batches(&self) -> Vec<usize> {
        let state = self.state();
        let batches = state.settled.iter();
        batches.map(|settled| settled.settlement.attempts.len()).collect()
    }
}

impl FakeLane {
    fn lease_to(&mut self, worker: WorkerId, lease: Duration) {
        self.epoch += 1;
        self.leased_epoch = self.epoch;
        self.lease = Some((worker, Instant::now() + lease));
    }

    fn due(&self, except: &[i64], limit: usize) -> Vec<DueDelivery> {
        let now = Instant::now();
        let waiting = self.waiting.iter().filter(|(queue_seq, waiting)| {
            !except.contains(queue_seq) && waiting.due.is_some_and(|due| due <= now)
        });
        let mut due: Vec<_> = waiting.collect();
        due.sort_unstable_by_key(|(queue_seq, waiting)| (waiting.due, **queue_seq));
        let found = due.into_iter().take(limit).map(|(_, waiting)| DueDelivery {
            attempts_made: waiting.attempts_made,
            ..waiting.delivery.clone()
        });
        found.collect()
    }

    /// Whether this is the current lease, expired or not.
    fn is_latest(&self, epoch: LaneEpoch) -> bool {
        self.epoch == epoch.number() && self.lease.is_some()
    }

    fn is_expired(&self) -> bool {
        self.lease.is_none_or(|(_, until)| until <= Instant::now())
    }

    fn settle(&mut self, settlement: &Settlement) -> SettlementResult {
        let is_latest = self.is_latest(settlement.epoch);
        let mut result = SettlementResult {
            still_owner: is_latest && !self.is_expired(),
            taken_over: self.leased_epoch != settlement.epoch.number(),
            ..SettlementResult::default()
        };
        for attempt in &settlement.attempts {
            let queue_seq = attempt.delivery.queue_seq;
            let waiting = self.waiting.get_mut(&queue_seq);
            let number = attempt.delivery.attempt_number();
            let is_first = waiting.as_ref().is_some_and(|known| known.attempts_made + 1 == number);
            result.settled_before += usize::from(!is_first);
            let is_done = attempt.next == NextStep::Done;
            if !is_first && !is_done {
                continue;
            }
            self.attempts += 1;
            self.failures += usize::from(!is_done);
            self.dead_letters.remove(&queue_seq);
            let Some(waiting) = waiting else { continue };
            if let NextStep::Retry { after } = attempt.next {
                waiting.attempts_made += 1;
                waiting.due = Some(Instant::now() + after);
                continue;
            }
            let user = waiting.user;
            self.waiting.remove(&queue_seq);
            if !is_done {
                self.dead_letters.insert(queue_seq);
            }
            if let Some(next) = self.waiting.values_mut().find(|other| other.user == user) {
                next.due = Some(Instant::now());
                result.unparked += 1;
            }
        }
        if is_latest {
            self.health = settlement.health.clone();
            self.paused_until = settlement.not_before;
            self.disabled |= settlement.disable.is_some();
        }
        if settlement.release && !result.taken_over {
            self.lease = None;
        }
        if self.lease.is_none() {
            let due = self.waiting.values().filter_map(|waiting| waiting.due).min();
            self.wake_at = due.map_or_else(never, |due| due.max(Instant::now()));
        }
        result
    }
}

/// Later than the end of every test.
fn never() -> Instant {
    Instant::now() + Duration::from_hours(1_000)
}

/// The newest secret and the one before it.
fn secrets(sealed: bool) -> Vec<SealedSecret> {
    let secrets = [0, u8::from(sealed)].into_iter();
    secrets.map(|byte| SealedSecret::from_bytes(vec![byte])).collect()
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { reason: "set by the test".to_owned() }
}

#[async_trait]
impl LaneStore for FakeLanes {
    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedLane>, StoreError> {
        let (now, leased_at) = (Instant::now(), self.database_now());
        let mut state = self.state();
        let response_lost = std::mem::take(&mut state.lease_response_lost);
        let awake = state.lanes.iter_mut().filter(|(id, lane)| {
            !lane.disabled
                && lane.wake_at <= now
                && lane.paused_until.is_none_or(|until| until <= leased_at)
                && !request.except.contains(&lane.application)
                && lane.lease.is_none_or(|(owner, until)| {
                    if owner == request.worker { !request.held.contains(id) } else { until <= now }
                })
        });
        let mut awake: Vec<_> = awake.collect();
        awake.sort_by_key(|(_, lane)| lane.wake_at);
        let leased = awake.into_iter().take(request.lanes).map(|(id, lane)| {
            let taken_over = lane.lease.is_some_and(|(_, until)| until <= now);
            lane.lease_to(request.worker, request.lease);
            LeasedLane {
                lane: *id,
                epoch: LaneEpoch::new(lane.epoch),
                application: lane.application,
                destination: DestinationId::new(Uuid::from_u128(
                    u128::try_from(id.number()).unwrap(),
                )),
                url: Self::url(*id),
                secrets: secrets(lane.sealed),
                health: lane.health.clone(),
                leased_at,
                taken_over,
                due: lane.due(&[], request.deliveries_per_lane),
            }
        });
        let leased = leased.collect();
        if response_lost {
            return Err(unavailable());
        }
        Ok(leased)
    }

    async fn renew(
        &self,
        worker: WorkerId,
        lanes: &[(LaneId, LaneEpoch)],
        lease: Duration,
    ) -> Result<Vec<LaneId>, StoreError> {
        let mut state = self.state();
        state.renewed.push(lanes.iter().map(|(lane, _)| *lane).collect());
        if state.renewals_fail {
            return Err(unavailable());
        }
        if state.renewals_refused {
            return Ok(Vec::new());
        }
        let mut held = Vec::new();
        for (id, epoch) in lanes {
            let lane = state.lanes.get_mut(id).unwrap();
            let is_owner = lane.lease.is_some_and(|(owner, _)| owner == worker);
            if is_owner && lane.is_latest(*epoch) && !lane.is_expired() && !lane.disabled {
                lane.lease = Some((worker, Instant::now() + lease));
                held.push(*id);
            }
        }
        Ok(held)
    }

    async fn due(
        &self,
        lane: LaneId,
        except: &[i64],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let mut state = self.state();
        state.reads += 1;
        Ok(state.lanes.get(&lane).map(|lane| lane.due(except, limit)).unwrap_or_default())
    }

    async fn settle(&self, settlement: Settlement) -> Result<SettlementResult, StoreError> {
        let takes = self.state().settling_takes;
        sleep(takes).await;
        let mut state = self.state();
        if let Some(fewer) = state.failing_settlements.checked_sub(1) {
            state.failing_settlements = fewer;
            return Err(unavailable());
        }
        let lane = state.lanes.get_mut(&settlement.lane).unwrap();
        let result = lane.settle(&settlement);
        let after = self.began.elapsed();
        state.settled.push(Settled { after, settlement });
        Ok(result)
    }
}

#[async_trait]
impl InspectLanes for FakeLanes {
    async fn add_lane(&self) -> LaneId {
        let application = self.state().lanes.len();
        self.add_lane_of(application.try_into().unwrap())
    }

    async fn add_event(&self, lane: LaneId, user: &'static str) {
        self.add(lane, user, Some(user));
    }

    async fn end_lease(&self, lane: LaneId) {
        self.with(lane, |lane| {
            if let Some((_, until)) = &mut lane.lease {
                *until = Instant::now();
            }
        });
    }

    async fn leased_for(&self, lane: LaneId) -> Duration {
        let until = self.with(lane, |lane| lane.lease.map(|(_, until)| until));
        until.map(|until| until.saturating_duration_since(Instant::now())).unwrap_or_default()
    }

    async fn hold_back(&self, lane: LaneId, obstacle: Option<Obstacle>) {
        let in_an_hour = self.database_now().plus_millis(3_600_000);
        self.with(lane, |lane| {
            lane.disabled = obstacle == Some(Obstacle::Disabled);
            lane.paused_until = (obstacle == Some(Obstacle::Paused)).then_some(in_an_hour);
        });
    }

    async fn row(&self, lane: LaneId) -> LaneRow {
        self.with(lane, |lane| LaneRow {
            waiting: lane.waiting.len(),
            dead_letters: lane.dead_letters.len(),
            attempts: lane.attempts,
            failures: lane.failures,
        })
    }
}

mod conformance {
    use std::sync::Arc;

    use testkit::conformance::LaneSubject;

    use super::FakeLanes;

    async fn subject() -> LaneSubject {
        let lanes = Arc::new(FakeLanes::new());
        LaneSubject { lanes: lanes.clone(), inspect: lanes }
    }

    testkit::conformance!(lanes, subject);
}
