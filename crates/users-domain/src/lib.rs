//! The domain of the users service: model, rules, ports and use cases.
//!
//! - [`model`]: value types that are valid by construction.
//! - [`rules`]: pure functions that decide whether a command is allowed and what it changes; they use no ports.
//! - `ports` (feature `ports`): traits for the external dependencies of the domain, such as stores, clock and randomness.
//! - `service` (feature `ports`): the use cases, built on the ports; the only asynchronous code of this crate.
//!
//! This crate performs no I/O, reads no clock, generates no random values and depends on neither SQL, HTTP nor serde.

pub mod model;
#[cfg(feature = "ports")]
pub mod ports;
pub mod rules;
#[cfg(feature = "ports")]
pub mod service;
