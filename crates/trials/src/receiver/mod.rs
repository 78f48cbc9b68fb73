//! Receivers of webhooks: one HTTP server on loopback, a port and a path per destination. It checks signatures and
//! records requests. It must stay cheap, as it shares the machine with the measured processes.

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

/// Which requests are checked and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checking {
    /// Checks and records every request completely.
    Everything,
    /// Checks one of so many requests; records only the time of the others.
    OneOf(usize),
}

/// Arrival of a request, for measurements.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Number of the destination.
    pub destination: usize,
    /// The event's id.
    pub event: [u8; 16],
    /// Microseconds since the Unix epoch, by this machine's clock.
    pub at_unix_micros: i64,
    /// Whether the response is a 2xx.
    pub accepted: bool,
}

/// State that the handlers of all workers share.
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

/// A running receiver; stopped when dropped.
pub struct Receiver {
    shared: Arc<Shared>,
    running: Running,
}

impl Receiver {
    /// Listens on free loopback ports, one for each destination.
    ///
    /// # Errors
    /// If no port is available.
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
    /// If the destination does not exist.
    pub fn url(&self, destination: usize) -> Result<String, Error> {
        let address = self.running.address(destination);
        let address = address.ok_or("no such destination")?;
        Ok(format!("http://{address}/{destination}"))
    }

    /// Sets the secret that a destination's deliveries are signed with.
    ///
    /// # Errors
    /// If the secret is invalid or the destination does not exist.
    pub fn set_secret(&self, destination: usize, shared_key: &str) -> Result<(), Error> {
        let verifier = Verifier::new(shared_key)?;
        let destination = self.shared.destination(destination);
        *locked(&destination.ok_or("no such destination")?.verifier) = Some(verifier);
        Ok(())
    }

    /// Sets the behaviour of a destination.
    ///
    /// # Errors
    /// If the destination does not exist.
    pub fn set_behaviour(&self, destination: usize, behaviour: Behaviour) -> Result<(), Error> {
        let destination = self.shared.destination(destination);
        let destination = destination.ok_or("no such destination")?;
        destination.behaviour.send_replace(behaviour);
        Ok(())
    }

    /// Number of requests of a destination without a response, if everything is recorded.
    #[must_use]
    pub fn under_way(&self, destination: usize) -> usize {
        self.shared.destination(destination).map_or(0, |each| {
            let log = locked(&each.log);
            log.checked.saturating_sub(log.arrivals.len())
        })
    }

    /// Number of recorded requests.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sum(|log| log.arrivals.len() + log.seen.len())
    }

    /// Numbers of checked and of invalid signatures.
    #[must_use]
    pub fn signatures(&self) -> (usize, usize) {
        (self.sum(|log| log.checked), self.sum(|log| log.invalid))
    }

    fn sum(&self, part: impl Fn(&Log) -> usize) -> usize {
        let all = locked(&self.shared.destinations);
        all.iter().map(|each| part(&locked(&each.log))).sum()
    }

    /// Returns completely recorded requests, in order of arrival.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        let all = locked(&self.shared.destinations);
        let mut arrivals: Vec<_> =
            all.iter().flat_map(|each| locked(&each.log).arrivals.clone()).collect();
        arrivals.sort_by_key(|arrival| arrival.began);
        arrivals
    }

    /// Returns and clears the recorded arrival times.
    #[must_use]
    pub fn take_seen(&self) -> Vec<Seen> {
        let all = locked(&self.shared.destinations);
        let taken = all.iter().flat_map(|each| std::mem::take(&mut locked(&each.log).seen));
        taken.collect()
    }
}

impl Destination {
    fn behaviour(&self) -> Behaviour {
        *self.behaviour.borrow()
    }

    /// Waits until the response is due.
    async fn response_due(&self) {
        let mut behaviour = self.behaviour.subscribe();
        let answering = behaviour.wait_for(|behaviour| *behaviour != Behaviour::Holds);
        // This destination owns the sender, so the wait cannot fail.
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

/// Ignores poisoning: the data stays usable after a panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
