//! The operations on API keys: one file each, with the reading of its body in [`wire`]. A handler holds no rule, and must
//! never answer or log a secret but where it was just made.

mod answers;
mod body;
mod create;
mod get;
mod list;
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
