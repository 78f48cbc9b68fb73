//! The operations on users: one file each, with the reading of its body beside it. A handler holds no rule.

mod answers;
mod body;
mod get;

pub(crate) use body::UserRowBody;
pub(crate) use get::get;
