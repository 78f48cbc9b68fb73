//! Queries of the audit trail and their results. [`crate::rules::audit_listing`] defines the meaning of a query.

use super::{
    AuditDetail, AuditEntry, AuditHeader, AuditId, JsonText, KeyId, Operation, PageSize, RequestId,
    StatusTrigger, TimeRange, Timestamp, UserStatus, VendorData,
};

/// Filter of an application's entries; all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Entries of operations by this key.
    pub actor: Option<KeyId>,
    /// Entries of this operation.
    pub operation: Option<Operation>,
    /// Entries about the user with this `vendor_data`, including a deleted user until it is erased.
    pub vendor_data: Option<VendorData>,
    /// Entries in this time range.
    pub at: TimeRange,
    /// Entries of this request.
    pub request_id: Option<RequestId>,
}

/// Position of one entry in the trail. Positions are ordered like the entries, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditPlace {
    /// Time of the entry.
    pub at: Timestamp,
    /// Id of the entry; breaks ties.
    pub id: AuditId,
}

/// Start of a page of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditStart {
    /// At the newest entry.
    Newest,
    /// After a position: older entries.
    OlderThan(AuditPlace),
    /// The page ends just before a position: newer entries.
    NewerThan(AuditPlace),
}

/// Query for one page of entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListAudit {
    /// The filter.
    pub filter: AuditFilter,
    /// The start of the page.
    pub start: AuditStart,
    /// The maximum number of entries.
    pub size: PageSize,
}

/// One page of entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries: as many as requested, or fewer if their details together exceed [`AuditPage::MAX_DETAIL_BYTES`].
    pub entries: Vec<AuditRecord>,
    /// Whether more entries exist in the direction of the query.
    pub more: bool,
}

impl AuditPage {
    /// Maximum total size of the details of a page, in bytes of their stored texts; a page of one entry may exceed it.
    /// One detail can contain metadata twice, so a thousand of them could exceed a hundred megabytes.
    pub const MAX_DETAIL_BYTES: usize = 4 * 1024 * 1024;
}

/// An entry as returned by a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The part that is never erased.
    pub header: AuditHeader,
    /// The detail; `None` once it is erased.
    pub detail: Option<RecordedDetail>,
}

impl AuditRecord {
    /// Position of the entry in the trail.
    #[must_use]
    pub const fn place(&self) -> AuditPlace {
        self.header.place()
    }
}

impl AuditHeader {
    /// Position of the entry in the trail.
    #[must_use]
    pub const fn place(&self) -> AuditPlace {
        AuditPlace { at: self.at, id: self.id }
    }
}

/// The erasable part of an entry. JSON values are the exact texts that the commitment covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedDetail {
    /// The `vendor_data` of the user.
    pub vendor_data: Option<String>,
    /// The actor's name at the time.
    pub actor_name: Option<String>,
    /// The address of the client.
    pub actor_address: Option<String>,
    /// A comment or the reason given.
    pub comment: Option<String>,
    /// The status before.
    pub previous_status: Option<UserStatus>,
    /// The status after, or the refused status.
    pub new_status: Option<UserStatus>,
    /// What caused a change of status.
    pub trigger: Option<StatusTrigger>,
    /// The session, transaction or risk event that caused the entry; `null` if none did.
    pub about: JsonText,
    /// Whether a verified value was overridden.
    pub overrides_verified: bool,
    /// The values before, by field, or `null`.
    pub previous_value: JsonText,
    /// The values after, by field, or the ignored values, or `null`.
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
        Self { header: entry.header.clone(), detail: Some((&entry.detail).into()) }
    }
}
