//! The user record.

use super::{
    ApplicationId, Comment, DisplayName, Features, JsonText, Metadata, Profile, Reason, Timestamp,
    UserId, UserStatus, UserTag, VendorData,
};

/// How a caller identifies a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserKey {
    /// By the client's identifier; finds users that are not deleted.
    VendorData(VendorData),
    /// By the service's identifier; finds users that are not deleted.
    Id(UserId),
    /// By the service's identifier; also finds deleted users until they are erased.
    IdIncludingDeleted(UserId),
}

impl UserKey {
    /// Whether the key also finds deleted users.
    #[must_use]
    pub const fn finds_deleted(&self) -> bool {
        matches!(self, Self::IdIncludingDeleted(_))
    }
}

/// Number of sessions of a user, by status.
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

/// Activity times of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityTimes {
    /// The first session.
    pub first_session_at: Option<Timestamp>,
    /// The latest session.
    pub last_session_at: Option<Timestamp>,
    /// The latest session, transaction, status change or edit; initially the creation.
    pub last_activity_at: Timestamp,
}

/// A legal hold on a user, in force until it is lifted: the user can be neither deleted nor erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// When the hold was set. Changing the reason does not change this time.
    pub since: Timestamp,
    /// The reason given by the latest request that set the hold.
    pub reason: Reason,
}

/// All stored data of a user except the metadata: the content of lists and the input of most decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// `didit_internal_id`.
    pub id: UserId,
    /// The tenant.
    pub application: ApplicationId,
    /// The client's identifier; never changes.
    pub vendor_data: VendorData,
    /// The status.
    pub status: UserStatus,
    /// The display name set by the application.
    pub display_name: Option<DisplayName>,
    /// The personal data.
    pub profile: Profile,
    /// Number of sessions by status.
    pub counters: SessionCounters,
    /// The latest status of each feature.
    pub features: Features,
    /// The activity times.
    pub activity: ActivityTimes,
    /// The tags, in the order given.
    pub tags: Vec<UserTag>,
    /// When the record was created.
    pub created_at: Timestamp,
    /// When the record last changed; increases with every change.
    pub updated_at: Timestamp,
    /// When the user was deleted; from then on, normal reads no longer find it.
    pub deleted_at: Option<Timestamp>,
    /// The legal hold, if one is in force.
    pub legal_hold: Option<LegalHold>,
    /// Number of effective changes, from 1.
    pub version: u64,
    /// Number of the user's events.
    pub sequence: u64,
}

impl UserRecord {
    /// Whether the user is verified: at least one of its sessions is approved.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.counters.approved_count > 0
    }

    /// Whether a legal hold is in force, so that the user can be neither deleted nor erased.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.legal_hold.is_some()
    }

    /// The name to show: display name, else full name, else `vendor_data`.
    #[must_use]
    pub fn effective_name(&self) -> &str {
        self.display_name
            .as_ref()
            .map(DisplayName::as_str)
            .or_else(|| self.profile.full_name().map(|(name, _)| name.as_str()))
            .unwrap_or(self.vendor_data.as_str())
    }
}

/// The aggregate on which the rules decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// All data except the metadata.
    pub record: UserRecord,
    /// The metadata.
    pub metadata: Metadata,
}

impl User {
    /// An active user without any data.
    #[must_use]
    pub fn new(
        id: UserId,
        application: ApplicationId,
        vendor_data: VendorData,
        created_at: Timestamp,
    ) -> Self {
        Self {
            record: UserRecord {
                id,
                application,
                vendor_data,
                status: UserStatus::Active,
                display_name: None,
                profile: Profile::default(),
                counters: SessionCounters::default(),
                features: Features::new(),
                activity: ActivityTimes {
                    first_session_at: None,
                    last_session_at: None,
                    last_activity_at: created_at,
                },
                tags: Vec::new(),
                created_at,
                updated_at: created_at,
                deleted_at: None,
                legal_hold: None,
                version: 0,
                sequence: 0,
            },
            metadata: Metadata::default(),
        }
    }
}

/// A user as shown to clients. The metadata is passed on as text, without parsing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetail {
    /// All data except metadata and comments.
    pub record: UserRecord,
    /// The metadata as JSON text.
    pub metadata: JsonText,
    /// The latest [`Comment::SHOWN_IN_DETAIL`] comments, newest first.
    pub comments: Vec<Comment>,
}
