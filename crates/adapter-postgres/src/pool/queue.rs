//! Decides which call gets the next connection, so that no application and no kind of work uses all connections.
//!
//! Long work can be delayed but not stopped, so its share always leaves connections free for shorter work. Batches and
//! bursts of lists also load the CPU of PostgreSQL: while other applications are active, rests delay the
//! next ones, and the batches of one application have a smaller share.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use users_domain::model::ApplicationId;

/// What a connection is used for, in order of duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    /// A few rows by their keys.
    Lookup,
    /// A change of one row, which may wait for a lock.
    Write,
    /// A page of rows; may scan many rows.
    List,
    /// Many consecutive changes.
    Batch,
}

impl Work {
    /// All kinds, in order of duration.
    pub const ALL: [Self; 4] = [Self::Lookup, Self::Write, Self::List, Self::Batch];

    /// The value of the metrics label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Write => "write",
            Self::List => "list",
            Self::Batch => "batch",
        }
    }

    /// Maximum number of `size` connections that this kind and the longer ones use together.
    fn max_total(self, size: usize) -> usize {
        let eighths_left_free = match self {
            Self::Lookup => 0,
            Self::Write => 1,
            Self::List => 2,
            Self::Batch => 4,
        };
        let left_free = size.div_ceil(8) * eighths_left_free;
        size.saturating_sub(left_free).max(1)
    }

    /// Maximum number of `size` connections that one application uses for this kind and the longer ones together.
    /// `is_alone`: no other application is active.
    fn max_per_application(self, size: usize, is_alone: bool) -> usize {
        match self {
            Self::Lookup | Self::Write => size - size / 4,
            Self::Batch if !is_alone => (size / 8).max(1),
            Self::List | Self::Batch => (size / 4).max(1),
        }
    }

    /// Maximum rest after work of this kind; `None`: no rest. For lists it is short: lists in bursts are short, and
    /// after a long list the next one must not wait long.
    const fn longest_rest(self) -> Option<Duration> {
        match self {
            Self::Lookup | Self::Write => None,
            Self::List => Some(Duration::from_millis(50)),
            Self::Batch => Some(Duration::from_secs(1)),
        }
    }
}

/// An application is active while one of its requests (not a batch) runs or waits, and for this long after the last one
/// began.
const ACTIVE_FOR: Duration = Duration::from_secs(1);

/// Duration of a rest, as a multiple of the duration of its list or batch.
const REST_FACTOR: u32 = 2;

/// Work of one kind, for one application or for none. Its waiters are served in order of arrival.
pub(super) type Flow = (Option<ApplicationId>, Work);

/// The permits of a pool, one per connection, and the calls that wait for one.
pub(super) struct Queue {
    size: usize,
    refused: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    in_use: HashMap<Flow, usize>,
    waiting: HashMap<Flow, WaitList>,
    /// Number of lists and batches in their rest, which delays the next one.
    resting: HashMap<Flow, usize>,
    /// The two applications with the newest requests other than batches, newest first.
    active: [Option<(ApplicationId, Instant)>; 2],
    /// Counts waiters and grants, to order them.
    clock: u64,
}

struct WaitList {
    waiters: VecDeque<Waiter>,
    /// `State::clock` when one of the waiters last got a permit, or when the first one arrived.
    served: u64,
}

struct Waiter {
    number: u64,
    granted: oneshot::Sender<Permit>,
}

impl Queue {
    pub(super) fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { size, refused: AtomicU64::new(0), state: Mutex::default() })
    }

    /// Waits for a permit. `None`: none was free in time.
    pub(super) async fn enter(self: &Arc<Self>, flow: Flow, wait: Duration) -> Option<Permit> {
        let (number, granted) = {
            let mut state = self.state();
            state.note(flow);
            // Waiters of other flows are not admitted now; otherwise they would already have this permit.
            if !state.waiting.contains_key(&flow) && state.admits(self.size, flow) {
                *state.in_use.entry(flow).or_default() += 1;
                return Some(Permit::new(self, flow));
            }
            state.enqueue(flow)
        };
        let _guard = Waiting { queue: self, flow, number };
        let permit = timeout(wait, granted).await.ok().and_then(Result::ok);
        if permit.is_none() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        permit
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Returns the number of connections used by this kind of work, and of calls that wait for one.
    pub(super) fn usage(&self, work: Work) -> (usize, usize) {
        let state = self.state();
        let lists = state.waiting.iter().filter(|((_, kind), _)| *kind == work);
        let waiting = lists.map(|(_, list)| list.waiters.len()).sum();
        (state.used(|(_, kind)| kind == work), waiting)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies `change` and grants permits to the waiters that are admitted afterwards.
    fn change(self: &Arc<Self>, change: impl FnOnce(&mut State)) {
        let mut granted = Vec::new();
        {
            let mut state = self.state();
            change(&mut state);
            while let Some(next) = state.next(self.size) {
                granted.push(next);
            }
        }
        // If a waiter has left, its permit is dropped and calls this function again, so the lock must be released.
        for (flow, waiter) in granted {
            drop(waiter.granted.send(Permit::new(self, flow)));
        }
    }
}

impl State {
    fn note(&mut self, (application, work): Flow) {
        let Some(application) = application.filter(|_| work < Work::Batch) else {
            return;
        };
        let [newest, other] = &mut self.active;
        if newest.is_some_and(|(known, _)| known != application) {
            *other = *newest;
        }
        *newest = Some((application, Instant::now()));
    }

    /// Whether no other application is active.
    fn is_alone(&self, application: Option<ApplicationId>) -> bool {
        let flows = self.in_use.keys().chain(self.waiting.keys());
        let mut in_progress = flows.filter(|(other, work)| other.is_some() && *work < Work::Batch);
        let mut recent = self.active.iter().flatten();
        in_progress.all(|(other, _)| *other == application)
            && recent.all(|(other, at)| Some(*other) == application || at.elapsed() >= ACTIVE_FOR)
    }

    fn used(&self, counts: impl Fn(Flow) -> bool) -> usize {
        let used = self.in_use.iter().filter(|(flow, _)| counts(**flow));
        used.map(|(_, permits)| permits).sum()
    }

    fn admits(&self, size: usize, (application, work): Flow) -> bool {
        let is_alone = self.is_alone(application);
        let mut shorter = Work::ALL.into_iter().filter(|kind| *kind <= work);
        shorter.all(|kind| {
            let is_of_kind = |(_, used)| used >= kind;
            let is_of_application = |(owner, used)| owner == application && used >= kind;
            let resting = self.resting.get(&(application, kind));
            let resting_count = resting.filter(|_| kind == work).copied().unwrap_or_default();
            self.used(is_of_kind) < kind.max_total(size)
                && (application.is_none()
                    || self.used(is_of_application) + resting_count
                        < kind.max_per_application(size, is_alone))
        })
    }

    fn enqueue(&mut self, flow: Flow) -> (u64, oneshot::Receiver<Permit>) {
        let (granted, receiver) = oneshot::channel();
        self.clock += 1;
        let number = self.clock;
        let list = self
            .waiting
            .entry(flow)
            .or_insert_with(|| WaitList { waiters: VecDeque::new(), served: number });
        list.waiters.push_back(Waiter { number, granted });
        (number, receiver)
    }

    /// The next admitted waiter: of the application with the fewest permits, then of the flow served longest ago.
    fn next(&mut self, size: usize) -> Option<(Flow, Waiter)> {
        let admitted = self.waiting.iter().filter(|(flow, _)| self.admits(size, **flow));
        let (&flow, _) = admitted.min_by_key(|((application, _), list)| {
            (self.used(|(owner, _)| owner == *application), list.served)
        })?;
        let list = self.waiting.get_mut(&flow)?;
        let waiter = list.waiters.pop_front()?;
        self.clock += 1;
        list.served = self.clock;
        if list.waiters.is_empty() {
            self.waiting.remove(&flow);
        }
        *self.in_use.entry(flow).or_default() += 1;
        Some((flow, waiter))
    }

    fn leave(&mut self, flow: Flow) {
        decrement(&mut self.in_use, flow);
    }

    fn end_rest(&mut self, flow: Flow) {
        decrement(&mut self.resting, flow);
    }

    fn remove_waiter(&mut self, flow: Flow, number: u64) {
        if let Some(list) = self.waiting.get_mut(&flow) {
            list.waiters.retain(|waiter| waiter.number != number);
            if list.waiters.is_empty() {
                self.waiting.remove(&flow);
            }
        }
    }
}

fn decrement(counts: &mut HashMap<Flow, usize>, flow: Flow) {
    if let Some(count) = counts.get_mut(&flow) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&flow);
        }
    }
}

/// A permit for one connection, released when dropped.
pub(super) struct Permit {
    queue: Arc<Queue>,
    flow: Flow,
    granted: Instant,
}

impl Permit {
    fn new(queue: &Arc<Queue>, flow: Flow) -> Self {
        Self { queue: Arc::clone(queue), flow, granted: Instant::now() }
    }

    /// Releases the permit. If other applications are active, a rest starts, during which the application has one
    /// permit less for work of this kind. It lasts twice as long as the work, but at most `longest`. A list has a rest
    /// only if another list of the application waits. Requires a Tokio runtime.
    pub(super) fn end(self, longest: Duration) {
        let flow = self.flow;
        let (Some(_), Some(longest_of_kind)) = (flow.0, flow.1.longest_rest()) else {
            return;
        };
        {
            let mut state = self.queue.state();
            let is_followed = flow.1 == Work::Batch || state.waiting.contains_key(&flow);
            if state.is_alone(flow.0) || !is_followed {
                return;
            }
            *state.resting.entry(flow).or_default() += 1;
        }
        let rest = (self.granted.elapsed() * REST_FACTOR).min(longest_of_kind).min(longest);
        let queue = Arc::clone(&self.queue);
        Handle::current().spawn(async move {
            sleep(rest).await;
            queue.change(|state| state.end_rest(flow));
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.queue.change(|state| state.leave(self.flow));
    }
}

/// Removes a waiter when dropped.
struct Waiting<'a> {
    queue: &'a Queue,
    flow: Flow,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.state().remove_waiter(self.flow, self.number);
    }
}

#[cfg(test)]
mod tests;
