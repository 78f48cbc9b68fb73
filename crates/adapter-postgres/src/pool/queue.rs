//! Who gets a connection next: no application and no kind of work may keep all of them.
//!
//! Work that lasts can only be kept from starting, never be stopped. So it has a share that leaves connections free, rather
//! than giving way once another request waits. Batches and bursts of lists keep the cores of PostgreSQL busy
//! too: while other applications work, they are interrupted by rests, and the batches of one application have a smaller share.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use users_domain::model::ApplicationId;

/// What a connection is used for, the shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    /// A few rows by their keys.
    Lookup,
    /// A change of one row, which may wait for a lock.
    Write,
    /// A page of rows, which may have to look at many.
    List,
    /// Many changes in a row.
    Batch,
}

impl Work {
    /// Every kind, the shortest first.
    pub const ALL: [Self; 4] = [Self::Lookup, Self::Write, Self::List, Self::Batch];

    /// The word of the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Write => "write",
            Self::List => "list",
            Self::Batch => "batch",
        }
    }

    /// How many of `size` connections this kind and the longer ones use together, at most.
    fn most(self, size: usize) -> usize {
        let eighths_left_free = match self {
            Self::Lookup => 0,
            Self::Write => 1,
            Self::List => 2,
            Self::Batch => 4,
        };
        let left_free = size.div_ceil(8) * eighths_left_free;
        size.saturating_sub(left_free).max(1)
    }

    /// How many of `size` connections one application uses for this kind and the longer ones together, at most.
    /// `is_alone`: while no other application works.
    fn most_of_one(self, size: usize, is_alone: bool) -> usize {
        match self {
            Self::Lookup | Self::Write => size - size / 4,
            Self::Batch if !is_alone => (size / 8).max(1),
            Self::List | Self::Batch => (size / 4).max(1),
        }
    }

    /// The longest rest after it, if it has one. Lists that come many at a time are short; after a long one the next must not
    /// wait long.
    const fn longest_rest(self) -> Option<Duration> {
        match self {
            Self::Lookup | Self::Write => None,
            Self::List => Some(Duration::from_millis(50)),
            Self::Batch => Some(Duration::from_secs(1)),
        }
    }
}

/// An application works while a request of it that is no batch is under way or waits, and this long after the last one began.
const WORKS_FOR: Duration = Duration::from_secs(1);

/// How many times as long as a list or a batch its rest takes.
const RESTS: u32 = 2;

/// Work of one kind, for one application or for none. What waits of it is served in the order of its arrival.
pub(super) type Flow = (Option<ApplicationId>, Work);

/// The places of a pool, and who waits for one.
pub(super) struct Queue {
    size: usize,
    refused: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    in_use: HashMap<Flow, usize>,
    waiting: HashMap<Flow, Line>,
    /// Lists and batches of applications that are over, and the next of which has to wait.
    resting: HashMap<Flow, usize>,
    /// The two applications with the newest requests that are no batches, the newest first.
    working: [Option<(ApplicationId, Instant)>; 2],
    /// Counts waiters and grants.
    clock: u64,
}

struct Line {
    waiters: VecDeque<Waiter>,
    /// When one of them got a place for the last time, or the line began.
    served: u64,
}

struct Waiter {
    number: u64,
    granted: oneshot::Sender<Permit>,
}

impl Queue {
    pub(super) fn new(size: usize) -> Arc<Self> {
        Arc::new(Self {
            size,
            refused: AtomicU64::new(0),
            state: Mutex::default(),
        })
    }

    /// Waits for a place. `None`: there was none in time.
    pub(super) async fn enter(self: &Arc<Self>, flow: Flow, wait: Duration) -> Option<Permit> {
        let (number, granted) = {
            let mut state = self.state();
            state.note(flow);
            // Who waits in another line has no right to this place, or would have it.
            if !state.waiting.contains_key(&flow) && state.admits(self.size, flow) {
                *state.in_use.entry(flow).or_default() += 1;
                return Some(Permit::new(self, flow));
            }
            state.line_up(flow)
        };
        let _leaves = Waiting {
            queue: self,
            flow,
            number,
        };
        let permit = timeout(wait, granted).await.ok().and_then(Result::ok);
        if permit.is_none() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        permit
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many connections this kind of work uses, and how many calls wait for one.
    pub(super) fn usage(&self, work: Work) -> (usize, usize) {
        let state = self.state();
        let lines = state.waiting.iter().filter(|((_, kind), _)| *kind == work);
        let waiting = lines.map(|(_, line)| line.waiters.len()).sum();
        (state.used(|(_, kind)| kind == work), waiting)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn release(self: &Arc<Self>, flow: Flow) {
        self.change(|state| state.leave(flow));
    }

    /// Changes what is in use or at rest, and lets those in who may have a place then.
    fn change(self: &Arc<Self>, change: impl FnOnce(&mut State)) {
        let mut granted = Vec::new();
        {
            let mut state = self.state();
            change(&mut state);
            while let Some(next) = state.next(self.size) {
                granted.push(next);
            }
        }
        // A waiter that is gone drops its permit, which comes back here: the lock must be free by now.
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
        let [newest, other] = &mut self.working;
        if newest.is_some_and(|(known, _)| known != application) {
            *other = *newest;
        }
        *newest = Some((application, Instant::now()));
    }

    /// Whether no other application works.
    fn is_alone(&self, application: Option<ApplicationId>) -> bool {
        let flows = self.in_use.keys().chain(self.waiting.keys());
        let mut under_way = flows.filter(|(other, work)| other.is_some() && *work < Work::Batch);
        let mut lately = self.working.iter().flatten();
        under_way.all(|(other, _)| *other == application)
            && lately.all(|(other, at)| Some(*other) == application || at.elapsed() >= WORKS_FOR)
    }

    fn used(&self, counts: impl Fn(Flow) -> bool) -> usize {
        let used = self.in_use.iter().filter(|(flow, _)| counts(**flow));
        used.map(|(_, places)| places).sum()
    }

    fn admits(&self, size: usize, (application, work): Flow) -> bool {
        let is_alone = self.is_alone(application);
        let mut shorter = Work::ALL.into_iter().filter(|kind| *kind <= work);
        shorter.all(|kind| {
            let is_of_kind = |(_, used)| used >= kind;
            let is_of_one = |(owner, used)| owner == application && used >= kind;
            let resting = self.resting.get(&(application, kind));
            let rests = resting
                .filter(|_| kind == work)
                .copied()
                .unwrap_or_default();
            self.used(is_of_kind) < kind.most(size)
                && (application.is_none()
                    || self.used(is_of_one) + rests < kind.most_of_one(size, is_alone))
        })
    }

    fn line_up(&mut self, flow: Flow) -> (u64, oneshot::Receiver<Permit>) {
        let (granted, receiver) = oneshot::channel();
        self.clock += 1;
        let number = self.clock;
        let line = self.waiting.entry(flow).or_insert_with(|| Line {
            waiters: VecDeque::new(),
            served: number,
        });
        line.waiters.push_back(Waiter { number, granted });
        (number, receiver)
    }

    /// The next waiter that may have a place: of the application that has fewest, then of the line that was served longest
    /// ago.
    fn next(&mut self, size: usize) -> Option<(Flow, Waiter)> {
        let admitted = self
            .waiting
            .iter()
            .filter(|(flow, _)| self.admits(size, **flow));
        let (&flow, _) = admitted.min_by_key(|((application, _), line)| {
            (self.used(|(owner, _)| owner == *application), line.served)
        })?;
        let line = self.waiting.get_mut(&flow)?;
        let waiter = line.waiters.pop_front()?;
        self.clock += 1;
        line.served = self.clock;
        if line.waiters.is_empty() {
            self.waiting.remove(&flow);
        }
        *self.in_use.entry(flow).or_default() += 1;
        Some((flow, waiter))
    }

    fn leave(&mut self, flow: Flow) {
        if let Some(places) = self.in_use.get_mut(&flow) {
            *places -= 1;
            if *places == 0 {
                self.in_use.remove(&flow);
            }
        }
    }

    fn end_rest(&mut self, flow: Flow) {
        if let Some(resting) = self.resting.get_mut(&flow) {
            *resting -= 1;
            if *resting == 0 {
                self.resting.remove(&flow);
            }
        }
    }

    fn forget(&mut self, flow: Flow, number: u64) {
        if let Some(line) = self.waiting.get_mut(&flow) {
            line.waiters.retain(|waiter| waiter.number != number);
            if line.waiters.is_empty() {
                self.waiting.remove(&flow);
            }
        }
    }
}

/// A place in use, until it is dropped.
pub(super) struct Permit {
    queue: Arc<Queue>,
    flow: Flow,
    granted: Instant,
}

impl Permit {
    fn new(queue: &Arc<Queue>, flow: Flow) -> Self {
        Self {
            queue: Arc::clone(queue),
            flow,
            granted: Instant::now(),
        }
    }

    /// Gives the place back. While other applications work, the application has one place less for work of this kind until a
    /// rest is over. It is twice as long as this work took, and no longer than `longest`. Every batch has one; a list has one
    /// if more lists of the application wait. Needs a runtime.
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
        let rest = (self.granted.elapsed() * RESTS)
            .min(longest_of_kind)
            .min(longest);
        let queue = Arc::clone(&self.queue);
        Handle::current().spawn(async move {
            sleep(rest).await;
            queue.change(|state| state.end_rest(flow));
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.queue.release(self.flow);
    }
}

/// A place in line, which is left with this value.
struct Waiting<'a> {
    queue: &'a Queue,
    flow: Flow,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.state().forget(self.flow, self.number);
    }
}

#[cfg(test)]
mod tests;
