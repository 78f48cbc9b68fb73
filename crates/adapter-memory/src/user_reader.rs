//! Reading users: filters over everything, as the domain defines them.

use std::ops::Bound;

use async_trait::async_trait;
use users_domain::model::evidence::History;
use users_domain::model::{
    ApplicationId, ListUsers, Timestamp, UserDetail, UserId, UserKey, UserPage, UserRecord,
    UserStatus, VendorData,
};
use users_domain::ports::{StoreError, UserReader};
use users_domain::rules::listing;

use crate::MemoryStore;
use crate::state::UserFile;

#[async_trait]
impl UserReader for MemoryStore {
    async fn find(
        &self,
        application: ApplicationId,
        key: &UserKey,
    ) -> Result<Option<UserDetail>, StoreError> {
        let state = self.lock();
        let users = state.users.get(&application);
        Ok(users.and_then(|users| users.find(key)).map(UserFile::detail))
    }

    async fn list(
        &self,
        application: ApplicationId,
        question: &ListUsers,
    ) -> Result<UserPage, StoreError> {
        let state = self.lock();
        let files = state.users.get(&application).map(|users| &users.files);
        let users = files.into_iter().flat_map(|files| files.values()).map(|file| &file.user);
        Ok(listing::page(users, question))
    }

    async fn status(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, u64)>, StoreError> {
        let state = self.lock();
        let key = UserKey::VendorData(vendor_data.clone());
        let file = state.users.get(&application).and_then(|users| users.find(&key));
        Ok(file.map(|file| (file.user.record.status, file.user.record.version)))
    }

    async fn block_left(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<bool, StoreError> {
        let state = self.lock();
        let users = state.users.get(&application);
        Ok(users.is_some_and(|users| users.block_left(vendor_data)))
    }

    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError> {
        let state = self.lock();
        let Some(users) = state.users.get(&application) else {
            return Ok(Vec::new());
        };
        let files = users.files.range(behind(after));
        let rows = files
            .filter(|(_, file)| file.user.record.deleted_at.is_none())
            .map(|(id, file)| (file.user.record.clone(), users.evidence.history(*id)));
        Ok(rows.take(limit).collect())
    }

    async fn ids_made_by(
        &self,
        application: ApplicationId,
        made_by: Timestamp,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        let state = self.lock();
        let Some(users) = state.users.get(&application) else {
            return Ok(Vec::new());
        };
        let ids = users
            .files
            .range(behind(after))
            .filter(|(_, file)| {
                let record = &file.user.record;
                record.deleted_at.is_none() && record.created_at <= made_by
            })
            .map(|(id, _)| *id);
        Ok(ids.take(limit).collect())
    }
}

fn behind(after: Option<UserId>) -> (Bound<UserId>, Bound<UserId>) {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}
