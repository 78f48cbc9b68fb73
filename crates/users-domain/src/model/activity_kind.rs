//! What can happen to a user or to an application, as the audit trail names it.

/// What an audit entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActivityKind {
    /// The user was made.
    Created,
    /// The user was deleted.
    Deleted,
    /// The user is there again.
    Restored,
    /// The status changed.
    StatusChanged,
    /// The metadata changed.
    MetadataUpdated,
    /// Tags were put on.
    TagAdded,
    /// Tags were taken off.
    TagRemoved,
    /// Other fields changed.
    ProfileUpdated,
    /// Somebody wrote a comment.
    Comment,
    /// Keys that may not be written were sent and ignored.
    ReadOnlyRefused,
    /// A change of status was refused.
    TransitionRefused,
    /// A deletion was refused: the user is under legal hold.
    DeletionRefused,
    /// The user was put under legal hold, or the reason for it changed.
    LegalHoldSet,
    /// The legal hold ended.
    LegalHoldLifted,
    /// A key was refused what it may not do.
    PermissionRefused,
    /// Reports of another service were refused.
    ReportsRefused,
    /// A session was reported.
    Session,
    /// A transaction was reported.
    Transaction,
    /// A risk was reported.
    Risk,
    /// What the user has from its sessions was recounted and put right.
    Recounted,
    /// What the application's operator decides changed.
    SettingsChanged,
    /// An API key was made.
    KeyCreated,
    /// What is said about an API key changed.
    KeyChanged,
    /// An API key was revoked.
    KeyRevoked,
    /// An API key got a successor.
    KeyRotated,
}

impl ActivityKind {
    /// Every kind.
    pub const ALL: [Self; 25] = [
        Self::Created,
        Self::Deleted,
        Self::Restored,
        Self::StatusChanged,
        Self::MetadataUpdated,
        Self::TagAdded,
        Self::TagRemoved,
        Self::ProfileUpdated,
        Self::Comment,
        Self::ReadOnlyRefused,
        Self::TransitionRefused,
        Self::DeletionRefused,
        Self::LegalHoldSet,
        Self::LegalHoldLifted,
        Self::PermissionRefused,
        Self::ReportsRefused,
        Self::Session,
        Self::Transaction,
        Self::Risk,
        Self::Recounted,
        Self::SettingsChanged,
        Self::KeyCreated,
        Self::KeyChanged,
        Self::KeyRevoked,
        Self::KeyRotated,
    ];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Deleted => "DELETED",
            Self::Restored => "RESTORED",
            Self::StatusChanged => "STATUS_CHANGED",
            Self::MetadataUpdated => "METADATA_UPDATED",
            Self::TagAdded => "TAG_ADDED",
            Self::TagRemoved => "TAG_REMOVED",
            Self::ProfileUpdated => "PROFILE_UPDATED",
            Self::Comment => "COMMENT",
            Self::ReadOnlyRefused => "READ_ONLY_REFUSED",
            Self::TransitionRefused => "TRANSITION_REFUSED",
            Self::DeletionRefused => "DELETION_REFUSED",
            Self::LegalHoldSet => "LEGAL_HOLD_SET",
            Self::LegalHoldLifted => "LEGAL_HOLD_LIFTED",
            Self::PermissionRefused => "PERMISSION_REFUSED",
            Self::ReportsRefused => "REPORTS_REFUSED",
            Self::Session => "SESSION",
            Self::Transaction => "TRANSACTION",
            Self::Risk => "RISK",
            Self::Recounted => "RECOUNTED",
            Self::SettingsChanged => "SETTINGS_CHANGED",
            Self::KeyCreated => "KEY_CREATED",
            Self::KeyChanged => "KEY_CHANGED",
            Self::KeyRevoked => "KEY_REVOKED",
            Self::KeyRotated => "KEY_ROTATED",
        }
    }

    /// The kind of this word, if there is one.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether the entry stands among the comments of a user's detail.
    #[must_use]
    pub const fn is_comment(self) -> bool {
        match self {
            Self::StatusChanged
            | Self::MetadataUpdated
            | Self::TagAdded
            | Self::TagRemoved
            | Self::ProfileUpdated
            | Self::Comment => true,
            Self::Created
            | Self::Deleted
            | Self::Restored
            | Self::ReadOnlyRefused
            | Self::TransitionRefused
            | Self::DeletionRefused
            | Self::LegalHoldSet
            | Self::LegalHoldLifted
            | Self::PermissionRefused
            | Self::ReportsRefused
            | Self::Session
            | Self::Transaction
            | Self::Risk
            | Self::Recounted
            | Self::SettingsChanged
            | Self::KeyCreated
            | Self::KeyChanged
            | Self::KeyRevoked
            | Self::KeyRotated => false,
        }
    }

    /// Whether the user's activity lists the entry. Legal holds, and their reasons, stand in the audit log only.
    #[must_use]
    pub const fn is_activity(self) -> bool {
        !matches!(self, Self::LegalHoldSet | Self::LegalHoldLifted)
    }
}
