//! The operations on users. Handlers read bodies with [`wire`] and contain no business rules.

mod body;
mod body_parts;
mod handlers;
pub(crate) mod legal_hold;
mod list;
pub(crate) mod openapi;
pub(in crate::endpoints) mod reply;
pub(in crate::endpoints) mod wire;

pub(crate) use body::UserRowBody;
pub(in crate::endpoints) use body_parts::AnyObject;
pub(crate) use handlers::{create, delete, get, update, update_status};
pub(crate) use list::list;
