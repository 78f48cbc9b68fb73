//! What follows from an attempt: when the next one is made, how many at once, and when none.

pub mod health;
pub mod retry_after;
pub mod schedule;
pub mod subscription;

#[cfg(test)]
mod golden_tests;

pub use schedule::next_step;
