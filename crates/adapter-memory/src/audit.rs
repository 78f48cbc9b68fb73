//! The audit trail.

use async_trait::async_trait;
use users_domain::model::{
    ApplicationId, AuditEntry, AuditPage, AuditRecord, AuditStart, ListAudit, PageSize, UserId,
    UserKey, VendorData,
};
use users_domain::ports::{AuditReader, AuditTrail, StoreError};
use users_domain::rules::audit_listing;

use crate::MemoryStore;
use crate::state::ApplicationUsers;

#[async_trait]
impl AuditReader for MemoryStore {
    async fn list(
        &self,
        application: ApplicationId,
        question: &ListAudit,
    ) -> Result<AuditPage, StoreError> {
        let state = self.lock();
        let users = state.users.get(&application);
        Ok(users.map_or_else(nothing, |users| {
            let is_named = |user: UserId, name: &VendorData| {
                let file = users.files.get(&user);
                file.is_some_and(|file| file.user.record.vendor_data == *name)
            };
            users.page(question, |entry| {
                audit_listing::matches(&entry.header, &question.filter, is_named)
            })
        }))
    }

    async fn activity(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
        start: AuditStart,
        size: PageSize,
    ) -> Result<Option<AuditPage>, StoreError> {
        let state = self.lock();
        let key = UserKey::VendorData(vendor_data.clone());
        let users = state.users.get(&application);
        let found = users.and_then(|users| Some((users, users.find(&key)?.user.record.id)));
        Ok(found.map(|(users, user)| {
            let question = ListAudit { filter: <_>::default(), start, size };
            users.page(&question, |entry| {
                entry.header.user == Some(user) && entry.header.kind.is_activity()
            })
        }))
    }
}

#[async_trait]
impl AuditTrail for MemoryStore {
    async fn append(
        &self,
        application: ApplicationId,
        entries: Vec<AuditEntry>,
    ) -> Result<(), StoreError> {
        if entries.iter().any(|entry| entry.header.application != application) {
            return Err(StoreError::Defect {
                reason: "an audit entry of another application".to_owned(),
            });
        }
        let mut state = self.lock();
        state.users.entry(application).or_default().note(&entries);
        Ok(())
    }
}

impl ApplicationUsers {
    fn page(&self, question: &ListAudit, matches: impl Fn(&AuditEntry) -> bool) -> AuditPage {
        let matching = self.audit.iter().filter(|entry| matches(entry)).collect();
        let is_erased = |entry: &AuditEntry| self.erased.contains(&entry.header.id);
        let (entries, more) = audit_listing::page(
            matching,
            question,
            |entry: &&AuditEntry| entry.header.place(),
            |entry| {
                if is_erased(entry) { 0 } else { entry.detail.text().len() }
            },
        );
        let records = entries.into_iter().map(|entry| AuditRecord {
            detail: (!is_erased(entry)).then(|| (&entry.detail).into()),
            header: entry.header.clone(),
        });
        AuditPage { entries: records.collect(), more }
    }
}

fn nothing() -> AuditPage {
    AuditPage { entries: Vec::new(), more: false }
}
