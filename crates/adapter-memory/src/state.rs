//! The stored state. Organises data, decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use users_domain::model::evidence::{EvidenceId, EvidenceOwner, StoredEvidence};
use users_domain::model::{
    ApiKey, Application, ApplicationId, AuditEntry, AuditId, Comment, KeyDigest, Tag, TagName,
    Timestamp, User, UserDetail, UserEvent, UserId, UserKey, UserStatus, VendorData,
};
use users_domain::ports::EncodedEvent;
use users_domain::rules::ChangeSet;

use crate::claims::Claims;
use crate::evidence::EvidenceRows;

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The event of the domain.
    pub event: UserEvent,
    /// The body that receivers get.
    pub encoded: EncodedEvent,
    /// When the event was stored, by the store's clock.
    pub recorded_at: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) applications: BTreeMap<ApplicationId, Application>,
    pub(crate) keys: BTreeMap<KeyDigest, ApiKey>,
    pub(crate) users: BTreeMap<ApplicationId, ApplicationUsers>,
    pub(crate) claims: Claims,
}

/// A user and its latest comments, newest first.
#[derive(Debug, Clone)]
pub(crate) struct UserFile {
    pub(crate) user: User,
    pub(crate) comments: Vec<Comment>,
}

/// All data of the users of one application.
#[derive(Debug, Clone, Default)]
pub(crate) struct ApplicationUsers {
    /// Including deleted users.
    pub(crate) files: BTreeMap<UserId, UserFile>,
    by_vendor_data: BTreeMap<VendorData, UserId>,
    pub(crate) tags: BTreeMap<TagName, Tag>,
    pub(crate) audit: Vec<AuditEntry>,
    audit_ids: BTreeSet<AuditId>,
    /// Audit entries whose details were erased.
    pub(crate) erased: BTreeSet<AuditId>,
    pub(crate) evidence: EvidenceRows,
    pub(crate) events: Vec<StoredEvent>,
}

impl ApplicationUsers {
    /// The user with this key; a deleted user only if the key includes deleted users.
    pub(crate) fn find(&self, key: &UserKey) -> Option<&UserFile> {
        let (id, even_deleted) = match key {
            UserKey::Id(id) => (id, false),
            UserKey::IdIncludingDeleted(id) => (id, true),
            UserKey::VendorData(name) => (self.by_vendor_data.get(name)?, false),
        };
        let file = self.files.get(id)?;
        (even_deleted || file.user.record.deleted_at.is_none()).then_some(file)
    }

    /// Whether the most recently deleted user with this name was BLOCKED.
    pub(crate) fn block_left(&self, name: &VendorData) -> bool {
        let records = self.files.values().map(|file| &file.user.record);
        let deleted =
            records.filter(|record| record.deleted_at.is_some() && record.vendor_data == *name);
        let newest = deleted.max_by_key(|record| (record.deleted_at, record.id));
        newest.is_some_and(|record| record.status == UserStatus::Blocked)
    }

    /// Whether another, undeleted user has the name of this user.
    pub(crate) fn is_taken_from(&self, file: &UserFile) -> bool {
        let record = &file.user.record;
        let owner = self.by_vendor_data.get(&record.vendor_data);
        owner.is_some_and(|owner| *owner != record.id)
    }

    /// Applies a change with its encoded events. Cannot fail halfway.
    pub(crate) fn apply(
        &mut self,
        change: &ChangeSet,
        events: Vec<StoredEvent>,
        comments: Vec<Comment>,
    ) {
        let user = change.user().clone();
        let (id, name) = (user.record.id, user.record.vendor_data.clone());
        if user.record.deleted_at.is_some() {
            // Another user may have the name by now.
            if self.by_vendor_data.get(&name) == Some(&id) {
                self.by_vendor_data.remove(&name);
            }
        } else {
            self.by_vendor_data.insert(name, id);
        }
        for tag in change.new_tags() {
            self.tags.entry(tag.name.clone()).or_insert_with(|| tag.clone());
        }
        self.files.insert(id, UserFile { user, comments });
        for row in change.evidence() {
            self.evidence.keep(id, row.after.clone());
        }
        self.note(change.audit());
        self.events.extend(events);
    }

    /// The stored evidence with this id, whichever user it belongs to.
    pub(crate) fn kept(&self, id: &EvidenceId) -> Option<StoredEvidence> {
        self.evidence.find(id, |user| {
            let record = &self.files.get(&user)?.user.record;
            Some(EvidenceOwner {
                user,
                vendor_data: record.vendor_data.clone(),
                deleted: record.deleted_at.is_some(),
            })
        })
    }

    /// Appends audit entries; skips entries whose id is already stored.
    pub(crate) fn note(&mut self, entries: &[AuditEntry]) {
        for entry in entries {
            if self.audit_ids.insert(entry.header.id) {
                self.audit.push(entry.clone());
            }
        }
    }
}

impl UserFile {
    pub(crate) fn detail(&self) -> UserDetail {
        UserDetail {
            record: self.user.record.clone(),
            metadata: self.user.metadata.text(),
            comments: self.comments.clone(),
        }
    }
}
