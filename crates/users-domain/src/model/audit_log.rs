//! The audit trail as it is read: which entries, in which portion, and what is shown of them. What a question means is
//! [`crate::rules::audit_listing`].

use super::{
    AuditDetail, AuditEntry, AuditHeader, AuditId, JsonText, KeyId, Operation, PageSize, RequestId,
    StatusTrigger, TimeRange, Timestamp, UserStatus, VendorData,
};

/// Which entries of an application; every condition must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// What this key did.
    pub actor: Option<KeyId>,
    /// What was asked for.
    pub operation: Option<Operation>,
    /// About a user of this name, deleted ones included until their rows go.
    pub vendor_data: Option<VendorData>,
    /// In this time.
    pub at: TimeRange,
    /// Of this request.
    pub request_id: Option<RequestId>,
}

/// A place in the trail: just at one entry. Ordered as entries are, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditPlace {
    /// When it happened.
    pub at: Timestamp,
    /// The entry; breaks ties.
    pub id: AuditId,
}

/// Where a page of entries begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditStart {
    /// At the newest entry.
    Newest,
    /// Behind a place: what is older.
    OlderThan(AuditPlace),
    /// Just before a place, so that the page ends there: what is newer.
    NewerThan(AuditPlace),
}

/// A question for one page of entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListAudit {
    /// Which entries.
    pub filter: AuditFilter,
    /// From where.
    pub start: AuditStart,
    /// How many.
    pub size: PageSize,
}

/// One page of entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries: as many as were asked for, or fewer where their details together are too long for one page.
    pub entries: Vec<AuditRecord>,
    /// Whether there are more in the direction of the question: older ones, or newer ones than those before a place.
    pub more: bool,
}

impl AuditPage {
    /// How long the details of one page are together, in bytes of their stored texts; a page of one entry may exceed it.
    /// One detail can hold metadata twice, so that a thousand of them would take more than a hundred megabytes.
    pub const MAX_DETAIL_BYTES: usize = 4 * 1024 * 1024;
}

/// An entry as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Kept for ever.
    pub header: AuditHeader,
    /// None once it was erased with the person.
    pub detail: Option<RecordedDetail>,
}

impl AuditRecord {
    /// Where the entry stands in the trail.
    #[must_use]
    pub const fn place(&self) -> AuditPlace {
        self.header.place()
    }
}

impl AuditHeader {
    /// Where the entry stands in the trail.
    #[must_use]
    pub const fn place(&self) -> AuditPlace {
        AuditPlace {
            at: self.at,
            id: self.id,
        }
    }
}

/// The erasable part of an entry. Values pass through as the very text that was committed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedDetail {
    /// What the client calls the user.
    pub vendor_data: Option<String>,
    /// The actor's name at the time.
    pub actor_name: Option<String>,
    /// Where the request came from.
    pub actor_address: Option<String>,
    /// A comment or the reason given.
    pub comment: Option<String>,
    /// The status before.
    pub previous_status: Option<UserStatus>,
    /// The status after, or the one that was refused.
    pub new_status: Option<UserStatus>,
    /// What caused a change of status.
    pub trigger: Option<StatusTrigger>,
    /// What it follows from; `null` where that says nothing.
    pub about: JsonText,
    /// Whether a verified value was overridden.
    pub overrides_verified: bool,
    /// The values before; `null` where that says nothing.
    pub previous_value: JsonText,
    /// The values after, or those that were ignored; `null` where that says nothing.
    pub new_value: JsonText,
}

impl From<&AuditDetail> for RecordedDetail {
    fn from(detail: &AuditDetail) -> Self {
        Self {
            vendor_data: (detail.vendor_data.as_ref()).map(|name| name.as_str().to_owned()),
            actor_name: (detail.actor.name()).map(|name| name.as_str().to_owned()),
            actor_address: (detail.actor.address()).map(|address| address.to_string()),
            comment: detail.comment.clone(),
            previous_status: detail.previous_status,
            new_status: detail.new_status,
            trigger: detail.trigger,
            about: JsonText::from(&detail.about),
            overrides_verified: detail.overrides_verified,
            previous_value: JsonText::from(&detail.previous_value),
            new_value: JsonText::from(&detail.new_value),
        }
    }
}

impl From<&AuditEntry> for AuditRecord {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            header: entry.header.clone(),
            detail: Some((&entry.detail).into()),
        }
    }
}
