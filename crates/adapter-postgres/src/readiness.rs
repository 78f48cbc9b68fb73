//! [`Readiness`] on PostgreSQL.

use async_trait::async_trait;
use diesel::PgConnection;
use users_domain::ports::{Readiness, StoreError};

use crate::failure::{Failure, Kind};
use crate::pool::Pool;
use crate::schema;

/// Tells whether the database answers and has this build's schema.
#[derive(Clone)]
pub struct PgReadiness {
    pool: Pool,
}

impl PgReadiness {
    /// Over this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Readiness for PgReadiness {
    async fn check(&self) -> Result<(), StoreError> {
        let missing = self.pool.run(missing).await?;
        if missing.is_empty() {
            return Ok(());
        }
        let reason = format!(
            "migrations are missing, run `users-server migrate`: {}",
            missing.join(", ")
        );
        Err(Failure::unavailable(reason).into())
    }
}

/// A lost connection stays one, so that the pool learns of it. Anything else means a database that is not set up yet.
fn missing(connection: &mut PgConnection) -> Result<Vec<String>, Failure> {
    schema::missing(connection).map_err(|failure| match failure.kind {
        Kind::Lost | Kind::Unavailable => failure,
        _ => Failure::unavailable("the schema is missing, run `users-server migrate`"),
    })
}
