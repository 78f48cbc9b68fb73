//! The operations on webhook destinations. Handlers read bodies with [`requests`] and contain no business rules. A secret
//! is returned only in the response to its creation, and never logged.

mod attempt_body;
mod body;
mod deliveries;
mod handlers;
pub(crate) mod openapi;
mod paths;
mod requests;

pub(crate) use deliveries::deliveries;
pub(crate) use handlers::{
    create, delete, delivery, get, list, recover, recovery, resend, rotate_secret, test_event,
    update,
};
