//! The user record.

use super::{
    ApplicationId, Comment, DisplayName, Features, JsonText, LegalHold, Metadata, Profile,
    Timestamp, UserId, UserStatus, UserTag, VendorData,
};

/// How a caller names a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserKey {
    /// By the client's own identifier; finds users that are not deleted.
    VendorData(VendorData),
    /// By the service's identifier; finds users that are not deleted.
    Id(UserId),
    /// By the service's identifier; finds deleted users too, as long as they are kept.
    IdIncludingDeleted(UserId),
}

impl UserKey {
    /// Whether it finds deleted users too.
    #[must_use]
    pub const fn finds_deleted(&self) -> bool {
        matches!(self, Self::IdIncludingDeleted(_))
    }
}

/// How many sessions a user had, by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionCounters {
    /// All sessions.
    pub session_count: u32,
    /// Currently approved.
    pub approved_count: u32,
    /// Currently declined.
    pub declined_count: u32,
    /// Currently in review.
    pub in_review_count: u32,
}

/// When something happened to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityTimes {
    /// The first session.
    pub first_session_at: Option<Timestamp>,
    /// The latest session.
    pub last_session_at: Option<Timestamp>,
    /// The latest session, transaction, change of status or edit; at first the creation.
    pub last_activity_at: Timestamp,
}

/// Everything that is kept of a user but the metadata: what lists show, and what most decisions need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// `didit_internal_id`.
    pub id: UserId,
    /// The tenant.
    pub application: ApplicationId,
    /// The client's own identifier; never changes.
    pub vendor_data: VendorData,
    /// Where the user stands.
    pub status: UserStatus,
    /// What the application shows.
    pub display_name: Option<DisplayName>,
    /// What is known about the person.
    pub profile: Profile,
    /// Sessions by outcome.
    pub counters: SessionCounters,
    /// Latest status of each feature.
    pub features: Features,
    /// When something happened.
    pub activity: ActivityTimes,
    /// Labels, in the order given.
    pub tags: Vec<UserTag>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it last changed; grows with every change.
    pub updated_at: Timestamp,
    /// Since when it is gone from every read.
    pub deleted_at: Option<Timestamp>,
    /// Why it may be neither deleted nor erased, if that is so.
    pub legal_hold: Option<LegalHold>,
    /// Counts effective changes, from 1.
    pub version: u64,
    /// Counts the user's events.
    pub sequence: u64,
}

impl UserRecord {
    /// A user is verified while at least one of its sessions is approved.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.counters.approved_count > 0
    }

    /// Whether it may be neither deleted nor erased.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.legal_hold.is_some()
    }

    /// What to call the user: display name, else full name, else `vendor_data`.
    #[must_use]
    pub fn effective_name(&self) -> &str {
        self.display_name
            .as_ref()
            .map(DisplayName::as_str)
            .or_else(|| self.profile.full_name().map(|(name, _)| name.as_str()))
            .unwrap_or(self.vendor_data.as_str())
    }
}

/// The aggregate: what decisions are made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Everything but the metadata.
    pub record: UserRecord,
    /// The client's own data.
    pub metadata: Metadata,
}

/// One user as it is shown: metadata passes through as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetail {
    /// Everything but metadata and comments.
    pub record: UserRecord,
    /// The client's own data.
    pub metadata: JsonText,
    /// The latest [`Comment::SHOWN_IN_DETAIL`] comments, newest first.
    pub comments: Vec<Comment>,
}
