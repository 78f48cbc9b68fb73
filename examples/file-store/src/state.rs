//! The users in memory, as the lines of the file describe them.

use std::collections::{BTreeMap, BTreeSet};

use users_domain::model::{
    ApplicationId, AuditId, Comment, Tag, TagName, User, UserDetail, UserId, UserKey, UserStatus,
    VendorData,
};

/// The users of all applications.
#[derive(Default)]
pub(crate) struct State(BTreeMap<ApplicationId, Users>);

/// The users of one application.
#[derive(Default)]
pub(crate) struct Users {
    /// Including deleted users.
    pub(crate) by_id: BTreeMap<UserId, StoredUser>,
    by_name: BTreeMap<VendorData, UserId>,
    pub(crate) tags: BTreeMap<TagName, Tag>,
    pub(crate) audit_ids: BTreeSet<AuditId>,
}

/// A user and its latest comments, newest first.
pub(crate) struct StoredUser {
    pub(crate) user: User,
    pub(crate) comments: Vec<Comment>,
}

/// One line of the file, without the parts that are only stored.
pub(crate) struct Change {
    pub(crate) application: ApplicationId,
    /// The user after the change; `None` if the line contains only audit entries.
    pub(crate) user: Option<StoredUser>,
    pub(crate) audit_ids: Vec<AuditId>,
}

impl State {
    pub(crate) fn of(&mut self, application: ApplicationId) -> &mut Users {
        self.0.entry(application).or_default()
    }

    pub(crate) fn apply(&mut self, change: Change) {
        let users = self.of(change.application);
        users.audit_ids.extend(change.audit_ids);
        let Some(stored) = change.user else { return };
        let record = &stored.user.record;
        let (id, name) = (record.id, &record.vendor_data);
        if record.deleted_at.is_none() {
            users.by_name.insert(name.clone(), id);
        } else if users.by_name.get(name) == Some(&id) {
            users.by_name.remove(name);
        }
        for on_user in &record.tags {
            let tag = &on_user.tag;
            let tags = &mut users.tags;
            tags.entry(tag.name.clone()).or_insert_with(|| tag.clone());
        }
        users.by_id.insert(id, stored);
    }
}

impl Users {
    /// The user with this key; a deleted user only if the key includes deleted users.
    pub(crate) fn find(&self, key: &UserKey) -> Option<&StoredUser> {
        let id = match key {
            UserKey::Id(id) | UserKey::IdIncludingDeleted(id) => id,
            UserKey::VendorData(name) => self.by_name.get(name)?,
        };
        let found = self.by_id.get(id)?;
        (key.finds_deleted() || found.user.record.deleted_at.is_none()).then_some(found)
    }

    /// Whether another user that is not deleted has the name of this user.
    pub(crate) fn is_taken_from(&self, stored: &StoredUser) -> bool {
        let record = &stored.user.record;
        let owner = self.by_name.get(&record.vendor_data);
        owner.is_some_and(|owner| *owner != record.id)
    }

    /// Whether the user with this name that was deleted last was BLOCKED.
    pub(crate) fn block_left(&self, name: &VendorData) -> bool {
        let records = self.by_id.values().map(|stored| &stored.user.record);
        let deleted =
            records.filter(|record| record.deleted_at.is_some() && record.vendor_data == *name);
        let last = deleted.max_by_key(|record| (record.deleted_at, record.id));
        last.is_some_and(|record| record.status == UserStatus::Blocked)
    }
}

impl StoredUser {
    pub(crate) fn detail(&self) -> UserDetail {
        UserDetail {
            record: self.user.record.clone(),
            metadata: self.user.metadata.text(),
            comments: self.comments.clone(),
        }
    }
}
