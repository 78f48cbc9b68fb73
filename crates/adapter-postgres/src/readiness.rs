//! [`Readiness`] on PostgreSQL.

use async_trait::async_trait;
use diesel::PgConnection;
use users_domain::ports::{Readiness, StoreError};

use crate::failure::{Failure, Kind};
use crate::pool::Pool;
use crate::schema;

/// Checks that the database responds, has this build's schema, and that calls succeed.
#[derive(Clone)]
pub struct PgReadiness {
    pool: Pool,
    watched: Vec<Pool>,
}

impl PgReadiness {
    /// Creates the check on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool, watched: Vec::new() }
    }

    /// Also checks the results of the calls on these pools.
    #[must_use]
    pub fn watching(mut self, pools: impl IntoIterator<Item = Pool>) -> Self {
        self.watched.extend(pools);
        self
    }
}

#[async_trait]
impl Readiness for PgReadiness {
    async fn check(&self) -> Result<(), StoreError> {
        let missing = self.pool.run(missing).await?;
        if !missing.is_empty() {
            let reason = format!(
                "migrations are missing, run `users-server migrate`: {}",
                missing.join(", ")
            );
            return Err(Failure::unavailable(reason).into());
        }
        match self.watched.iter().find_map(Pool::broken_by) {
            None => Ok(()),
            Some(reason) => {
                let reason = format!("several calls in a row failed: {reason}");
                Err(Failure::unavailable(reason).into())
            }
        }
    }
}

/// A lost connection is returned as such, so that the pool replaces it. Any other failure means a database that is not
/// set up yet.
fn missing(connection: &mut PgConnection) -> Result<Vec<String>, Failure> {
    schema::missing(connection).map_err(|failure| match failure.kind {
        Kind::Lost | Kind::Unavailable => failure,
        _ => Failure::unavailable("the schema is missing, run `users-server migrate`"),
    })
}
