//! The operations on deleted users that are still stored: their list and their restoration.

mod body;
mod list;
pub(crate) mod openapi;
mod restore;
mod wire;

pub(crate) use list::list;
pub(crate) use restore::restore;
