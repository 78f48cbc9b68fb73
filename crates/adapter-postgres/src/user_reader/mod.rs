//! [`UserReader`] on PostgreSQL.

use async_trait::async_trait;
use users_domain::model::evidence::History;
use users_domain::model::{
    ApplicationId, ListUsers, Timestamp, UserDetail, UserId, UserKey, UserPage, UserRecord,
    UserStatus, VendorData,
};
use users_domain::ports::{StoreError, UserReader};

use crate::adapters::PgUserReader;
use crate::pool::Work;
use crate::rows::DetailRow;
use crate::user_store::read_one;

mod histories;
mod ids;
mod list;
mod status;

pub(crate) use status::blocks_left;

#[cfg(test)]
pub(crate) use {
    histories::page as histories_page, ids::made_by as ids_made_by, status::of as status_of,
};

#[cfg(test)]
pub(crate) fn list_page(
    connection: &mut diesel::PgConnection,
    application: ApplicationId,
    question: &ListUsers,
) -> Result<UserPage, crate::failure::Failure> {
    let mut reading = crate::pool::Reading::of(connection, std::time::Duration::from_mins(1));
    list::page(&mut reading, application, question)
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
            .run_for(application, Work::Lookup, move |connection| {
                let row = read_one(connection, application, &key, true)?;
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
            .read(application, move |reading| list::page(reading, application, &question))
            .await
    }

    async fn status(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, u64)>, StoreError> {
        let name = vendor_data.clone();
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                status::of(connection, application, &name)
            })
            .await
    }

    async fn block_left(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<bool, StoreError> {
        let names = vec![vendor_data.as_str().to_owned()];
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                let left = status::blocks_left(connection, application, names)?;
                Ok(!left.is_empty())
            })
            .await
    }

    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError> {
        self.pool
            .run_for(application, Work::Batch, move |connection| {
                histories::page(connection, application, after, limit)
            })
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
            .run_for(application, Work::List, move |connection| {
                ids::made_by(connection, application, made_by, after, limit)
            })
            .await
    }
}
