//! The operations on deleted users that are still stored: their list and their restoration.

mod list;
pub(crate) mod openapi;
mod restore;

pub(crate) use list::list;
pub(crate) use restore::restore;
