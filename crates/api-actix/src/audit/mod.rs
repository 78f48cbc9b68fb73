//! Reading the audit trail: what happened to a user, and what happened in an application, page by page or as a whole. Which
//! entries there are and in which order is the domain's.

mod activity;
mod bodies;
mod cursor;
mod export;
mod links;
mod log;
mod parameters;

pub(crate) use activity::activity;
pub(crate) use cursor::MAX_CHARACTERS as MAX_CURSOR_CHARACTERS;
pub(crate) use export::{Exports, NDJSON};
pub(crate) use log::log;
