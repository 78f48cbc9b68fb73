//! The checker compares committed events with arrived requests. It is pure: it reads no clock, no file and no database.
//! Its unit tests contain a history for each kind of violation.
//!
//! - Every committed event is delivered to every destination that is subscribed to its kind, and nothing else is.
//! - For a destination ordered per user, no event arrives before all earlier ones of that name were acknowledged.
//! - No two requests for one name are in progress at once at such a destination, nor two for one event at any.
//! - Every acknowledged change has its event, and the events of a user are numbered without gaps.
//! - Every signature is valid.
//!
//! Writers of trials never restore deleted users, as that would order events of an earlier user after those of a later
//! user of the same name.

mod arrivals;
mod check;
mod commits;
mod findings;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use findings::Findings;

/// An event that is in the database at the end of the trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The event's id.
    pub event: String,
    /// The user's id.
    pub user: String,
    /// The user's name: `vendor_data`.
    pub name: String,
    /// Counts the events of the user, from 1.
    pub sequence: u64,
    /// `webhook_type`.
    pub kind: String,
    /// Start of its transaction, in microseconds since any origin; orders the users of one name.
    pub recorded_at: i64,
    /// Whether the event is the deletion of the user.
    pub deletes: bool,
}

/// A request that a destination received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Number of the destination.
    pub destination: usize,
    /// The event's id.
    pub event: String,
    /// The user's name.
    pub name: String,
    /// When the request had arrived completely, since the start of the receiver.
    pub began: Duration,
    /// When the response was returned.
    pub ended: Duration,
    /// Whether the response was a 2xx.
    pub accepted: bool,
    /// Time from signature to arrival; signatures contain whole seconds only.
    pub age: Duration,
    /// Description of an invalid signature.
    pub invalid: Option<String>,
}

/// Delivery guarantees of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Subscribed kinds of events.
    pub kinds: Vec<String>,
    /// Whether the events of one user are delivered in order.
    pub per_user: bool,
}

/// A change that the service confirmed to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// The user has this version now.
    Version {
        /// The user's id.
        user: String,
        /// The user's version: each change of the trials creates one version and one event.
        version: u64,
    },
    /// The user is deleted.
    Deleted {
        /// The user's id.
        user: String,
    },
}

/// Everything that the checker compares.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Every event of the database.
    pub committed: Vec<Committed>,
    /// Every request, in the order in which they arrived.
    pub arrivals: Vec<Arrival>,
    /// Guarantees of each destination, by its number.
    pub promises: Vec<Promise>,
    /// Every change that the service confirmed to a client.
    pub acknowledged: Vec<Acknowledged>,
    /// Time limit of an attempt. A request that arrives later than this after its signature comes from a process that
    /// was stopped in between: it cannot notice the timeout, and a receiver that checks the timestamp rejects the
    /// request.
    pub attempt_limit: Duration,
}

impl History {
    /// Runs all checks.
    #[must_use]
    pub fn check(&self) -> Findings {
        check::check(self)
    }

    /// Whether a request came from a process that was stopped while it was sending.
    fn is_late(&self, arrival: &Arrival) -> bool {
        // The signature's time is truncated to whole seconds.
        arrival.age > self.attempt_limit + Duration::from_secs(1)
    }
}
