//! The checker: what was committed against what arrived. Pure: it reads no clock, no file and no database, and is tried
//! itself on histories that are wrong in every way it must notice.
//!
//! - Every committed event is delivered to every destination that is subscribed to its kind, and nothing else is.
//! - For a destination ordered per user, no event arrives before all earlier ones of that name were acknowledged.
//! - No two requests for one name are under way at once at such a destination, nor two for one event at any.
//! - Every acknowledged change has its event, and the events of a user are numbered without gaps.
//! - Every signature is valid.
//!
//! Restoring deleted users would put events of an earlier user behind those of a later one of that name: writers of
//! trials do not do it.

mod arrivals;
mod check;
mod commits;
mod findings;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use findings::Findings;

/// An event that is in the database at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its id.
    pub event: String,
    /// The user's id.
    pub user: String,
    /// The user's name: `vendor_data`.
    pub name: String,
    /// Counts the events of the user, from 1.
    pub sequence: u64,
    /// `webhook_type`.
    pub kind: String,
    /// When its transaction began, in microseconds of any origin: puts the users of one name in order.
    pub recorded_at: i64,
    /// Whether the user ended with it.
    pub deletes: bool,
}

/// A request that a destination got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Which destination got it.
    pub destination: usize,
    /// The event's id.
    pub event: String,
    /// The user's name.
    pub name: String,
    /// When it had arrived as a whole, since the receiver began.
    pub began: Duration,
    /// When its answer was given.
    pub ended: Duration,
    /// Whether the answer was a 2xx.
    pub accepted: bool,
    /// How long before it arrived it was signed; signatures know whole seconds only.
    pub age: Duration,
    /// What is wrong with its signatures, if anything.
    pub invalid: Option<String>,
}

/// What a destination was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The kinds of events it is subscribed to.
    pub kinds: Vec<String>,
    /// Whether the events of one user come in order.
    pub per_user: bool,
}

/// A change that a client was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// The user has this version now.
    Version {
        /// The user's id.
        user: String,
        /// Its version: each change of the trials makes one version and one event.
        version: u64,
    },
    /// The user is deleted.
    Deleted {
        /// The user's id.
        user: String,
    },
}

/// All that is known of a round.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Every event of the database.
    pub committed: Vec<Committed>,
    /// Every request, in the order in which they arrived.
    pub arrivals: Vec<Arrival>,
    /// What each destination was promised, by its number.
    pub promises: Vec<Promise>,
    /// Every change that a client was told of.
    pub acknowledged: Vec<Acknowledged>,
    /// No attempt is under way for longer. What arrives longer after it was signed comes from a process that was stopped
    /// between the two: it could not know that its time was over, and a receiver that looks at the time refuses it.
    pub attempt_limit: Duration,
}

impl History {
    /// Compares all of it.
    #[must_use]
    pub fn check(&self) -> Findings {
        check::check(self)
    }

    /// Whether a request came from a process that was stopped while it was sending.
    fn is_late(&self, arrival: &Arrival) -> bool {
        // The signature's time is cut to whole seconds.
        arrival.age > self.attempt_limit + Duration::from_secs(1)
    }
}
