//! Receivers of webhooks: one HTTP server on loopback, a port and a path per destination. It checks signatures and remembers what
//! came, and must stay cheap: it shares the machine with what it measures.

mod behaviour;
mod server;
mod signatures;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use behaviour::Behaviour;
pub use signatures::Verifier;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::Error;
use crate::history::Arrival;
use server::Running;

/// How many requests have their signatures checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checking {
    /// All, and everything about them is remembered.
    Everything,
    /// One of so many; of the others only the time is remembered.
    OneOf(usize),
}

/// When a request came, for measuring.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Which destination got it.
    pub destination: usize,
    /// The event.
    pub event: [u8; 16],
    /// Microseconds since the Unix epoch, by this machine's clock.
    pub at_unix_micros: i64,
    /// Whether the answer is a 2xx.
    pub accepted: bool,
}

/// What the handlers of all workers share.
pub(crate) struct Shared {
    checking: Checking,
    origin: Instant,
    destinations: Mutex<Vec<Arc<Destination>>>,
}

/// One destination.
pub(crate) struct Destination {
    number: usize,
    behaviour: watch::Sender<Behaviour>,
    verifier: Mutex<Option<Verifier>>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    arrivals: Vec<Arrival>,
    seen: Vec<Seen>,
    requests_by_event: HashMap<String, usize>,
    checked: usize,
    invalid: usize,
}

/// A running receiver; stops when dropped.
pub struct Receiver {
    shared: Arc<Shared>,
    running: Running,
}

impl Receiver {
    /// Listens on free ports of loopback, one for each destination, which behave like this.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(behaviours: &[Behaviour], checking: Checking) -> Result<Self, Error> {
        let destinations = behaviours.iter().enumerate();
        let destinations = destinations.map(|(number, behaviour)| {
            Arc::new(Destination {
                number,
                behaviour: watch::Sender::new(*behaviour),
                verifier: Mutex::default(),
                log: Mutex::default(),
            })
        });
        let shared = Arc::new(Shared {
            checking,
            origin: Instant::now(),
            destinations: Mutex::new(destinations.collect()),
        });
        let running = Running::start(Arc::clone(&shared), behaviours.len())?;
        Ok(Self { shared, running })
    }

    /// The URL of a destination.
    ///
    /// # Errors
    /// When there is none of this number.
    pub fn url(&self, destination: usize) -> Result<String, Error> {
        let address = self.running.address(destination);
        let address = address.ok_or("no such destination")?;
        Ok(format!("http://{address}/{destination}"))
    }

    /// The secret that a destination's deliveries are signed with, once it is known.
    ///
    /// # Errors
    /// When it cannot be one.
    pub fn knows_secret(&self, destination: usize, shared_key: &str) -> Result<(), Error> {
        let verifier = Verifier::new(shared_key)?;
        let destination = self.shared.destination(destination);
        *locked(&destination.ok_or("no such destination")?.verifier) = Some(verifier);
        Ok(())
    }

    /// From now on a destination behaves like this.
    ///
    /// # Errors
    /// When there is none of this number.
    pub fn behaves(&self, destination: usize, behaviour: Behaviour) -> Result<(), Error> {
        let destination = self.shared.destination(destination);
        let destination = destination.ok_or("no such destination")?;
        destination.behaviour.send_replace(behaviour);
        Ok(())
    }

    /// How many requests a destination has that are not answered yet, where everything is checked.
    #[must_use]
    pub fn under_way(&self, destination: usize) -> usize {
        self.shared.destination(destination).map_or(0, |each| {
            let log = locked(&each.log);
            log.checked.saturating_sub(log.arrivals.len())
        })
    }

    /// How many requests came so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sum(|log| log.arrivals.len() + log.seen.len())
    }

    /// How many signatures were looked at, and how many were wrong.
    #[must_use]
    pub fn signatures(&self) -> (usize, usize) {
        (self.sum(|log| log.checked), self.sum(|log| log.invalid))
    }

    fn sum(&self, part: impl Fn(&Log) -> usize) -> usize {
        let all = locked(&self.shared.destinations);
        all.iter().map(|each| part(&locked(&each.log))).sum()
    }

    /// Everything that was remembered, in order of time.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        let all = locked(&self.shared.destinations);
        let mut arrivals: Vec<_> = all
            .iter()
            .flat_map(|each| locked(&each.log).arrivals.clone())
            .collect();
        arrivals.sort_by_key(|arrival| arrival.began);
        arrivals
    }

    /// When requests came; forgets them.
    #[must_use]
    pub fn take_seen(&self) -> Vec<Seen> {
        let all = locked(&self.shared.destinations);
        let taken = all
            .iter()
            .flat_map(|each| std::mem::take(&mut locked(&each.log).seen));
        taken.collect()
    }
}

impl Destination {
    fn behaviour(&self) -> Behaviour {
        *self.behaviour.borrow()
    }

    /// Waits until it is time to answer.
    async fn time_to_answer(&self) {
        let mut behaviour = self.behaviour.subscribe();
        let answering = behaviour.wait_for(|behaviour| *behaviour != Behaviour::Holds);
        // The sender is this destination's own, so there is always an answer.
        let delay = answering.await.map_or(Duration::ZERO, |now| now.delay());
        if !delay.is_zero() {
            sleep(delay).await;
        }
    }
}

impl Shared {
    fn destination(&self, number: usize) -> Option<Arc<Destination>> {
        locked(&self.destinations).get(number).cloned()
    }

    fn since_origin(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// What a panic left is still what came.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
