//! The operations on users: one file each, which reads its body with [`wire`]. Handlers contain no business rules.

mod answers;
mod body;
mod body_limits;
mod create;
mod delete;
pub(crate) mod deleted;
mod get;
pub(crate) mod legal_hold;
mod reply;
mod restore;
mod update;
mod update_status;
mod wire;

pub(crate) use body::UserRowBody;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use restore::restore;
pub(crate) use update::update;
pub(crate) use update_status::update_status;
pub(crate) use wire::{MAX_NAME_PART_CHARACTERS, MAX_SHOWN_ENTRIES};
