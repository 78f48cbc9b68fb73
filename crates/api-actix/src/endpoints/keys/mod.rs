//! The operations on API keys. Handlers read bodies with [`requests`] and contain no business rules. A secret is returned
//! only in the response to its creation, and never logged.

mod body;
mod handlers;
pub(crate) mod openapi;
mod requests;

pub(crate) use handlers::{create, get, list, revoke, rotate, update};
