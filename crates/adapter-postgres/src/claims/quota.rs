//! The quota of stored responses per application.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::sql_types::Uuid as SqlUuid;
use users_domain::model::ApplicationId;
use uuid::Uuid;

use crate::failure::Failure;
use crate::statement::Statement;

/// The interval between measurements, which read a row of every stored response.
const INTERVAL: Duration = Duration::from_mins(5);

/// The applications whose stored responses exceed the quota. Measured every five minutes; clones share the result.
#[derive(Debug, Clone)]
pub struct IdempotencyQuota {
    most_bytes: i64,
    measured: Arc<RwLock<Measured>>,
}

#[derive(Debug, Default)]
struct Measured {
    at: Option<Instant>,
    exceeded: HashSet<ApplicationId>,
}

impl IdempotencyQuota {
    /// A quota of this many bytes of responses for each application.
    #[must_use]
    pub fn of_bytes(most_bytes: u64) -> Self {
        Self { most_bytes: i64::try_from(most_bytes).unwrap_or(i64::MAX), measured: Arc::default() }
    }

    pub(crate) fn is_exceeded(&self, application: ApplicationId) -> bool {
        let measured = self.measured.read().unwrap_or_else(PoisonError::into_inner);
        measured.exceeded.contains(&application)
    }

    /// Measures, unless the last measurement is recent.
    pub(crate) fn measure(&self, connection: &mut PgConnection) -> Result<(), Failure> {
        const EXCEEDED: &str = "SELECT application_id FROM idempotency_claims
            GROUP BY application_id HAVING sum(octet_length(answer)) > $1";
        let read = || self.measured.read().unwrap_or_else(PoisonError::into_inner);
        if read().at.is_some_and(|at| at.elapsed() < INTERVAL) {
            return Ok(());
        }
        let statement = Statement::new(EXCEEDED).bind(self.most_bytes);
        let exceeded: Vec<Uuid> = statement.typed_rows::<SqlUuid, _>(connection)?;
        let exceeded = exceeded.into_iter().map(ApplicationId::new);
        let mut measured = self.measured.write().unwrap_or_else(PoisonError::into_inner);
        *measured = Measured { at: Some(Instant::now()), exceeded: exceeded.collect() };
        Ok(())
    }
}

impl Default for IdempotencyQuota {
    /// No limit.
    fn default() -> Self {
        Self::of_bytes(u64::MAX)
    }
}
