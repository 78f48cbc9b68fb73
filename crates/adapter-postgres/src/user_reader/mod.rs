//! [`UserReader`] on PostgreSQL.

use async_trait::async_trait;
use users_domain::model::{
    ApplicationId, ListUsers, Timestamp, UserDetail, UserId, UserKey, UserPage,
};
use users_domain::ports::{StoreError, UserReader};

use crate::pool::Pool;
use crate::rows::DetailRow;
use crate::user_store::read_one;

mod ids;
mod list;

#[cfg(test)]
pub(crate) use {ids::made_by as ids_made_by, list::page as list_page};

/// Reads users.
#[derive(Clone)]
pub struct PgUserReader {
    pool: Pool,
}

impl PgUserReader {
    /// Over this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl UserReader for PgUserReader {
    async fn find(
        &self,
        application: ApplicationId,
        key: &UserKey,
    ) -> Result<Option<UserDetail>, StoreError> {
        let key = key.clone();
        self.pool
            .run(move |connection| {
                let row = read_one(connection, application, &key)?;
                row.map(DetailRow::into_detail).transpose()
            })
            .await
    }

    async fn list(
        &self,
        application: ApplicationId,
        question: &ListUsers,
    ) -> Result<UserPage, StoreError> {
        let question = question.clone();
        self.pool
            .run(move |connection| list::page(connection, application, &question))
            .await
    }

    async fn ids_made_by(
        &self,
        application: ApplicationId,
        made_by: Timestamp,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        self.pool
            .run(move |connection| ids::made_by(connection, application, made_by, after, limit))
            .await
    }
}
