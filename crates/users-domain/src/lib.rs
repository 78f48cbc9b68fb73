//! The rules of user records, and the ports they need.
//!
//! - [`model`]: nouns that are valid once built.
//! - [`rules`]: what is allowed and what follows from a command; synchronous, total, without ports.
//! - [`ports`]: what the domain needs from the outside, as traits.
//! - [`service`]: the use cases over the ports; the only asynchronous code here.
//!
//! This crate does no I/O, reads no clock, makes no random value and knows neither SQL nor HTTP nor serde.

pub mod model;
pub mod ports;
pub mod rules;
pub mod service;
