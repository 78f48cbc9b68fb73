//! Reading users. The rules of lists are in the domain.

use async_trait::async_trait;
use users_domain::model::evidence::History;
use users_domain::model::{
    ApplicationId, ListUsers, Timestamp, UserDetail, UserId, UserKey, UserPage, UserRecord,
    UserStatus, VendorData,
};
use users_domain::ports::{StoreError, UserReader};
use users_domain::rules::listing;

use crate::FileStore;
use crate::state::{StoredUser, Users};

#[async_trait]
impl UserReader for FileStore {
    async fn find(
        &self,
        application: ApplicationId,
        key: &UserKey,
    ) -> Result<Option<UserDetail>, StoreError> {
        let inner = &mut *self.lock();
        let found = inner.state.of(application).find(key);
        Ok(found.map(StoredUser::detail))
    }

    async fn list(
        &self,
        application: ApplicationId,
        query: &ListUsers,
    ) -> Result<UserPage, StoreError> {
        let inner = &mut *self.lock();
        let users = inner.state.of(application).by_id.values();
        Ok(listing::page(users.map(|stored| &stored.user), query))
    }

    async fn status(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, u64)>, StoreError> {
        let inner = &mut *self.lock();
        let key = UserKey::VendorData(vendor_data.clone());
        let found = inner.state.of(application).find(&key);
        Ok(found.map(|stored| (stored.user.record.status, stored.user.record.version)))
    }

    async fn block_left(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<bool, StoreError> {
        let inner = &mut *self.lock();
        Ok(inner.state.of(application).block_left(vendor_data))
    }

    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError> {
        let inner = &mut *self.lock();
        let records = live_after(inner.state.of(application), after);
        let histories = records.map(|record| (record.clone(), History::default()));
        Ok(histories.take(limit).collect())
    }

    async fn ids_made_by(
        &self,
        application: ApplicationId,
        made_by: Timestamp,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        let inner = &mut *self.lock();
        let records = live_after(inner.state.of(application), after);
        let ids = records.filter(|record| record.created_at <= made_by);
        Ok(ids.map(|record| record.id).take(limit).collect())
    }
}

/// The users that are not deleted, in the order of their ids.
fn live_after(users: &Users, after: Option<UserId>) -> impl Iterator<Item = &UserRecord> {
    let records = users.by_id.values().map(|stored| &stored.user.record);
    records.filter(move |record| record.deleted_at.is_none() && Some(record.id) > after)
}
