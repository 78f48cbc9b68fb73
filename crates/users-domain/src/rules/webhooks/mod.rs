//! The effects of delivery attempts on the next ones, and of changes of a destination.

mod destination_change;
pub mod health;
pub mod retry_after;
pub mod schedule;
pub mod subscription;

#[cfg(test)]
mod golden_tests;

pub use destination_change::{ChangedDestination, DestinationChange};
pub use schedule::next_step;
