//! Requirements for every adapter of a port: one public function per clause. An adapter's test file defines a function
//! that returns a subject and calls [`conformance!`](macro@crate::conformance), which generates one test per clause.

pub mod applications;
mod at_once;
pub mod attempts;
pub mod audit;
pub mod claims;
pub mod deleted_users;
pub mod destinations;
pub mod evidence;
mod inspect;
pub mod keys;
pub mod lanes;
pub mod outbox;
pub mod purge;
mod queue;
pub mod rate_limits;
pub mod recoveries;
pub mod sender;
mod suites;
pub mod user_reader;
pub mod user_store;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use users_domain::ports::{ApplicationStore, EventEncoder, KeyStore, UserReader, UserStore};

pub use audit::{AuditSubject, BreakAudit};
pub use claims::{ClaimSubject, ClaimTime};
pub use deleted_users::DeletedUserSubject;
pub use inspect::{AuditRow, EventRow, Inspect, InspectAccess};
pub use lanes::{InspectLanes, LaneRow, LaneSubject, Obstacle};
pub use outbox::OutboxSubject;
pub use purge::{InspectPurge, PurgeSubject, Purges};
pub use queue::{DeliveryRow, InspectQueue, ShownHealth, WebhookSubject};
pub use rate_limits::{InspectCounts, RateLimitSubject};
pub use sender::{Manner, Received, Receivers, SenderSubject};

/// Adapters of the user ports under test. All of them use the same data.
#[derive(Clone)]
pub struct UserStoreSubject {
    /// Writes users.
    pub store: Arc<dyn UserStore>,
    /// Reads users.
    pub reader: Arc<dyn UserReader>,
    /// Stores the applications that the clauses create.
    pub applications: Arc<dyn ApplicationStore>,
    /// The encoder that the store uses.
    pub encoder: Arc<dyn EventEncoder>,
    /// Reads data that no port returns.
    pub inspect: Arc<dyn Inspect>,
}

/// Adapters of the application and key ports under test. Both use the same data.
#[derive(Clone)]
pub struct AccessSubject {
    /// The application port.
    pub applications: Arc<dyn ApplicationStore>,
    /// The key port.
    pub keys: Arc<dyn KeyStore>,
    /// Reads data that no port returns.
    pub audit: Arc<dyn InspectAccess>,
}

/// The message with which a clause fails; `None` if it passes. Shows that a suite detects a faulty adapter.
pub fn failure_of(clause: impl Future<Output = ()>) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| crate::run(clause))).err()?;
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

/// Generates one test per clause. Used by [`conformance!`](crate::conformance).
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($suite:ident, $subject:path, [$($clause:ident,)+]) => {
        $(
            #[test]
            fn $clause() {
                $crate::run(async {
                    let subject = $subject().await;
                    $crate::conformance::$suite::$clause(&subject).await;
                });
            }
        )+
    };
}
