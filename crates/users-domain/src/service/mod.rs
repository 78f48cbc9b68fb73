//! Use cases built on the ports. Each use case authorizes its caller and delegates decisions to [`crate::rules`].

mod access;
mod audit;
mod deleted_users;
mod ingest;
mod purge;
mod recount;
mod users;
mod webhooks;

#[cfg(test)]
pub(crate) mod fixtures;

pub use access::{AccessError, AccessService, KeyCreated, KeyError, KeyRotated, KeyService};
pub use audit::AuditService;
pub use deleted_users::{DeletedUserService, Restoration, RestoreUsers};
pub use ingest::{IngestService, ReportAnswer, Reported, ReportedUser};
pub use purge::{PurgeOutcome, PurgePace, PurgeService};
pub use recount::{Miscount, RecountError, RecountPage, RecountService, Remedy};
pub use users::{
    DeleteUsers, Deletion, IdempotentFor, ServiceError, UserService, UserServiceLimits, authorize,
};
pub use webhooks::{
    DestinationCreated, DestinationError, DestinationPorts, DestinationService, NewDestination,
    TestReport,
};
