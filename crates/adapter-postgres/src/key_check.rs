//! Stores the sealed check value with which a process verifies that it has the encryption keys of the database. Sealing
//! happens elsewhere.

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Binary, Bool};
use users_domain::ports::StoreError;

use crate::failure::Failure;
use crate::pool::Pool;
use crate::statement::Statement;

const ADD: &str = "INSERT INTO key_check (sealed) VALUES ($1) ON CONFLICT (id) DO NOTHING";
const FIND: &str = "SELECT sealed FROM key_check";
const IS_THERE: &str = "SELECT to_regclass('public.key_check') IS NOT NULL AS is_there";
const REPLACE: &str = "UPDATE key_check SET sealed = $1 WHERE sealed = $2";

/// Stores the sealed check value of a database.
#[derive(Clone)]
pub struct PgKeyCheckStore {
    pool: Pool,
}

impl PgKeyCheckStore {
    /// Creates the store on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Returns the stored value.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.pool.run(find).await
    }

    /// Returns the stored value, also from a database with an older schema or none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_before_migrating(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.pool
            .run(
                |connection| match Statement::new(IS_THERE).row(connection)? {
                    Some(There { is_there: true }) => find(connection),
                    _ => Ok(None),
                },
            )
            .await
    }

    /// Returns the stored value; stores `fresh` first if the database has none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_or_add(&self, fresh: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        self.pool
            .run(move |connection| {
                Statement::new(ADD).bind(fresh).run(connection)?;
                find(connection)?
                    .ok_or_else(|| Failure::defect("the sealed check value is missing"))
            })
            .await
    }

    /// Replaces the value `before`; does nothing if another process has replaced it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace(&self, before: Vec<u8>, fresh: Vec<u8>) -> Result<(), StoreError> {
        self.pool
            .run(move |connection| {
                Statement::new(REPLACE)
                    .bind(fresh)
                    .bind(before)
                    .run(connection)?;
                Ok(())
            })
            .await
    }
}

fn find(connection: &mut PgConnection) -> Result<Option<Vec<u8>>, Failure> {
    let row: Option<Row> = Statement::new(FIND).row(connection)?;
    Ok(row.map(|row| row.sealed))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
}

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    is_there: bool,
}
