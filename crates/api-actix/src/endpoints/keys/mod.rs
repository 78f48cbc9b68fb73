//! The operations on API keys: one file each, which reads its body with [`wire`]. Handlers contain no business rules. A
//! secret is returned only in the response to its creation, and never logged.

mod answers;
mod body;
mod create;
mod get;
mod list;
pub(crate) mod openapi;
mod paths;
mod revoke;
mod rotate;
mod update;
mod wire;

pub(crate) use create::create;
pub(crate) use get::get;
pub(crate) use list::list;
pub(crate) use revoke::revoke;
pub(crate) use rotate::rotate;
pub(crate) use update::update;
