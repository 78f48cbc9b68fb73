//! The users service: what the program `users-server` is put together from.

pub mod config;
pub mod telemetry;
