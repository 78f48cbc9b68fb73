//! Reads the audit trail: the activity of a user and the audit log of an application, in pages or as an export. The
//! domain selects and orders the entries.

mod bodies;
mod export;
mod links;
mod log;
pub(crate) mod openapi;
mod parameters;

pub(crate) use export::Exports;
pub(crate) use log::{activity, log};
