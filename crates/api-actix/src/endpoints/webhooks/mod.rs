//! The operations on webhook destinations: one file each, which reads its body with [`wire`]. Handlers contain no
//! business rules. A secret is returned only in the response to its creation, and never logged.

mod answers;
mod attempt_body;
mod body;
mod create;
mod delete;
mod deliveries;
mod delivery;
mod detached;
mod get;
mod list;
pub(crate) mod openapi;
mod paths;
mod recover;
mod recovery;
mod recovery_body;
mod resend;
mod rotate_secret;
mod test_event;
mod update;
mod wire;

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use deliveries::deliveries;
pub(crate) use delivery::delivery;
pub(crate) use get::get;
pub(crate) use list::list;
pub(crate) use recover::recover;
pub(crate) use recovery::recovery;
pub(crate) use resend::resend;
pub(crate) use rotate_secret::rotate_secret;
pub(crate) use test_event::test_event;
pub(crate) use update::update;
pub(crate) use wire::limits;
