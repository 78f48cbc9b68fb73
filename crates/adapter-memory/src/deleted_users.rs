//! Finding deleted users.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use users_domain::model::{ApplicationId, DeletedPosition, UserId, UserRecord, VendorData};
use users_domain::ports::{DeletedUserReader, StoreError};

use crate::MemoryStore;

impl MemoryStore {
    /// Deleted users with their positions, newest deletion first.
    fn deleted(&self, application: ApplicationId) -> Vec<(DeletedPosition, UserRecord)> {
        let state = self.lock();
        let files = state.users.get(&application).map(|users| &users.files);
        let records =
            files.into_iter().flat_map(|files| files.values()).map(|file| &file.user.record);
        let mut deleted: Vec<_> = records
            .filter_map(|record| {
                let (deleted_at, id) = (record.deleted_at?, record.id);
                Some((DeletedPosition { deleted_at, id }, record.clone()))
            })
            .collect();
        deleted.sort_by_key(|(place, _)| Reverse(*place));
        deleted
    }
}

#[async_trait]
impl DeletedUserReader for MemoryStore {
    async fn list(
        &self,
        application: ApplicationId,
        after: Option<DeletedPosition>,
        limit: usize,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let behind = |place: &DeletedPosition| after.is_none_or(|after| *place < after);
        let deleted = self.deleted(application).into_iter();
        let rows = deleted.filter(|(place, _)| behind(place));
        Ok(rows.map(|(_, record)| record).take(limit).collect())
    }

    async fn candidates(
        &self,
        application: ApplicationId,
        names: &[VendorData],
        ids: &[UserId],
    ) -> Result<Vec<(UserId, VendorData)>, StoreError> {
        let mut found = BTreeMap::new();
        let mut met = Vec::new();
        for (_, record) in self.deleted(application) {
            let name = record.vendor_data;
            let is_newest = names.contains(&name) && !met.contains(&name);
            if is_newest {
                met.push(name.clone());
            }
            if is_newest || ids.contains(&record.id) {
                found.insert(record.id, name);
            }
        }
        Ok(found.into_iter().collect())
    }
}
