//! In-memory implementation of the domain's ports of users, applications and keys, for fast tests of this service and of
//! others, and for examples.
//!
//! [`MemoryStore`] implements all that these ports demand, with one lock around the whole state. It is bounded only by
//! memory, unless [`MemoryStore::set_event_capacity`] sets a limit, and loses everything when it is dropped: it must
//! never serve real users.

mod access;
mod audit;
mod claims;
mod clock;
mod deleted_users;
mod evidence;
mod readiness;
mod state;
mod store;
mod user_reader;
mod user_store;

pub use state::StoredEvent;
pub use store::MemoryStore;
