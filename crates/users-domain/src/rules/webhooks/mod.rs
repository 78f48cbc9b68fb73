//! The effects of a delivery attempt: when the next one is made, how many run concurrently, and when delivery pauses or
//! ends; and the effects of a change of a destination.

mod destination_change;
pub mod health;
pub mod retry_after;
pub mod schedule;
pub mod subscription;

#[cfg(test)]
mod golden_tests;

pub use destination_change::{ChangedDestination, DestinationChange};
pub use schedule::next_step;
