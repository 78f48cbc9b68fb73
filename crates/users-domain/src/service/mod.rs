//! The use cases over the ports. Every one names its caller; none holds a rule.

mod access;
mod users;
mod webhooks;

#[cfg(test)]
mod fixtures;

pub use access::{AccessError, AccessService, KeyCreated, NewKey};
pub use users::{DeleteUsers, Deletion, ServiceError, UserService, UserServiceLimits, authorize};
pub use webhooks::{
    DestinationCreated, DestinationError, DestinationPorts, DestinationService, NewDestination,
    TestReport,
};
