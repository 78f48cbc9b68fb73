//! The adapters that need nothing but a pool.

use crate::pool::Pool;

macro_rules! adapters {
    ($($(#[$doc:meta])+ $name:ident;)+) => {
        $($(#[$doc])+
        #[derive(Clone)]
        pub struct $name {
            pub(crate) pool: Pool,
        }

        impl $name {
            /// Creates the adapter on this pool.
            #[must_use]
            pub fn new(pool: Pool) -> Self {
                Self { pool }
            }
        })+
    };
}

adapters! {
    /// Stores applications.
    PgApplicationStore;
    /// Stores the log of attempts.
    PgAttemptLog;
    /// Reads the audit trail.
    PgAuditReader;
    /// Adds to the audit trail.
    PgAuditTrail;
    /// Reads the backlog of the delivery.
    PgBacklogReader;
    /// Finds deleted users.
    PgDeletedUserReader;
    /// Stores webhook destinations.
    PgDestinationStore;
    /// Creates and drops the daily partitions of events and attempts.
    PgEventRetention;
    /// Stores the sealed check value of a database.
    PgKeyCheckStore;
    /// Stores API keys.
    PgKeyStore;
    /// Stores the queues of destinations.
    PgLaneStore;
    /// Creates the deliveries of committed changes.
    PgOutbox;
    /// Erases users.
    PgPurgeStore;
    /// Stores recoveries and executes them.
    PgRecoveryStore;
    /// Renews search texts.
    PgSearchUpkeep;
    /// Reads users.
    PgUserReader;
}
