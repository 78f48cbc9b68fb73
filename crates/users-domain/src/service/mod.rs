//! Use cases built on the ports. Each use case authorizes its caller and delegates decisions to [`crate::rules`].

use std::sync::Arc;

use crate::model::{Actor, Caller, CommandContext, Environment, RequestId, Timestamp, random_uuid};
use crate::ports::{Clock, Entropy};

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
pub use ingest::{IngestService, ReportAnswer, Reported};
pub use purge::{PurgeOutcome, PurgePace, PurgeService};
pub use recount::{Miscount, RecountError, RecountPage, RecountService, Remedy};
pub use users::{
    DeleteUsers, Deletion, IdempotentFor, ServiceError, UserService, UserServiceLimits, authorize,
};
pub use webhooks::{
    DestinationCreated, DestinationError, DestinationPorts, DestinationService, NewDestination,
    TestReport,
};

struct Contexts {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Contexts {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn random_uuid(&self) -> uuid::Uuid {
        random_uuid(self.clock.now(), self.entropy.seed())
    }

    fn of(&self, caller: &Caller) -> CommandContext {
        caller.context(self.clock.now(), self.entropy.seed())
    }

    fn of_system(&self, environment: Environment) -> CommandContext {
        let at = self.clock.now();
        CommandContext {
            at,
            seed: self.entropy.seed(),
            actor: Actor::System,
            request_id: RequestId::from_uuid(random_uuid(at, self.entropy.seed())),
            environment,
        }
    }
}
