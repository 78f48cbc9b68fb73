//! [`Outbox`] on PostgreSQL.

use async_trait::async_trait;
use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Bool};
use users_domain::ports::{Outbox, Sequenced, StoreError};

use crate::failure::Failure;
use crate::numbers::signed;
use crate::pool::Pool;
use crate::rows::unsigned;
use crate::statement::Statement;

/// Gives committed changes their positions and deliveries.
#[derive(Clone)]
pub struct PgOutbox {
    pool: Pool,
}

impl PgOutbox {
    /// Over this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Outbox for PgOutbox {
    async fn sequence(&self, limit: usize) -> Result<Sequenced, StoreError> {
        self.pool
            .run(move |connection| sequence_on(connection, limit))
            .await
    }
}

fn sequence_on(connection: &mut PgConnection, limit: usize) -> Result<Sequenced, Failure> {
    const SEQUENCE: &str = "SELECT alone, positions, deliveries FROM sequence_outbox($1)";
    let round: Option<RoundRow> = Statement::new(SEQUENCE)
        .bind(signed(limit))
        .row(connection)?;
    let round = round.ok_or_else(|| Failure::defect("a round without an answer"))?;
    if !round.alone {
        return Ok(Sequenced::Elsewhere);
    }
    Ok(Sequenced::Done {
        changes: unsigned("count of positions", round.positions)?,
        deliveries: unsigned("count of deliveries", round.deliveries)?,
    })
}

#[derive(QueryableByName)]
struct RoundRow {
    #[diesel(sql_type = Bool)]
    alone: bool,
    #[diesel(sql_type = BigInt)]
    positions: i64,
    #[diesel(sql_type = BigInt)]
    deliveries: i64,
}
