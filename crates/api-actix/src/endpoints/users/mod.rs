//! The operations on users: one file each, which reads its body with [`wire`]. Handlers contain no business rules.

mod answers;
mod body;
pub(in crate::endpoints) mod body_limits;
mod create;
mod delete;
mod get;
pub(crate) mod legal_hold;
mod list;
pub(crate) mod openapi;
pub(in crate::endpoints) mod reply;
mod update;
mod update_status;
pub(in crate::endpoints) mod wire;

pub(in crate::endpoints) use body::AnyObject;
pub(crate) use body::UserRowBody;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use list::list;
pub(crate) use update::update;
pub(crate) use update_status::update_status;
pub(crate) use wire::{MAX_NAME_PART_CHARACTERS, MAX_SHOWN_ENTRIES};
