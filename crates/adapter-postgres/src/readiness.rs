//! [`Readiness`] on PostgreSQL.

use async_trait::async_trait;
use users_domain::ports::{Readiness, StoreError};

use crate::failure::Failure;
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
        let missing = self
            .pool
            .run(|connection| Ok(schema::missing(connection)))
            .await?;
        match missing {
            Ok(missing) if missing.is_empty() => Ok(()),
            Ok(missing) => Err(Failure::unavailable(format!(
                "migrations are missing: {}",
                missing.join(", ")
            ))
            .into()),
            Err(_) => Err(Failure::unavailable("the table of migrations cannot be read").into()),
        }
    }
}
