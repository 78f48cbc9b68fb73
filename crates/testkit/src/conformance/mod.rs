//! What every adapter of a port must do: one public function per clause, named after what it demands. An adapter's test
//! file names a function that makes a subject and calls the macro of the suite, which makes one test per clause.

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
mod queue;
pub mod rate_limits;
pub mod recoveries;
pub mod user_reader;
pub mod user_store;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use users_domain::ports::{ApplicationStore, EventEncoder, KeyStore, UserReader, UserStore};

pub use audit::{AuditSubject, BreakAudit};
pub use claims::{ClaimSubject, ClaimTime};
pub use deleted_users::DeletedUserSubject;
pub use inspect::{AuditRow, EventRow, Inspect, InspectAccess};
pub use queue::{DeliveryRow, Fate, InspectQueue, WebhookSubject};
pub use rate_limits::{InspectCounts, RateLimitSubject};

/// An adapter of the ports around users under test. All of them look at the same data.
#[derive(Clone)]
pub struct UserStoreSubject {
    /// Writes.
    pub store: Arc<dyn UserStore>,
    /// Reads what was written.
    pub reader: Arc<dyn UserReader>,
    /// Takes the application that each clause makes for itself.
    pub applications: Arc<dyn ApplicationStore>,
    /// The encoder that the store uses.
    pub encoder: Arc<dyn EventEncoder>,
    /// Looks at what no port shows.
    pub inspect: Arc<dyn Inspect>,
}

/// An adapter of the ports around applications and keys under test. Both look at the same data.
#[derive(Clone)]
pub struct AccessSubject {
    /// The applications.
    pub applications: Arc<dyn ApplicationStore>,
    /// The keys.
    pub keys: Arc<dyn KeyStore>,
    /// Looks at what no port shows.
    pub audit: Arc<dyn InspectAccess>,
}

/// Makes one test per clause. For the macros of the suites.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($make_subject:path, $suite:ident, [$($clause:ident,)+]) => {
        $(
            #[test]
            fn $clause() {
                $crate::run(async {
                    let subject = $make_subject().await;
                    $crate::conformance::$suite::$clause(&subject).await;
                });
            }
        )+
    };
}
