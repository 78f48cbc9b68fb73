//! The kinds of audit entries.

/// Kind of an audit entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActivityKind {
    /// The user was created.
    Created,
    /// The user was deleted.
    Deleted,
    /// The deleted user was restored.
    Restored,
    /// The status changed.
    StatusChanged,
    /// The metadata changed.
    MetadataUpdated,
    /// Tags were added.
    TagAdded,
    /// Tags were removed.
    TagRemoved,
    /// Fields other than status, metadata and tags changed.
    ProfileUpdated,
    /// A comment was written.
    Comment,
    /// A request contained read-only fields; they were ignored.
    ReadOnlyRefused,
    /// A status change was refused.
    TransitionRefused,
    /// A deletion was refused: the user is under legal hold.
    DeletionRefused,
    /// A legal hold was set, or its reason changed.
    LegalHoldSet,
    /// The legal hold was lifted.
    LegalHoldLifted,
    /// A key was refused an operation that its role does not allow.
    PermissionRefused,
    /// Reports of another service were refused.
    ReportsRefused,
    /// A session was reported.
    Session,
    /// A transaction was reported.
    Transaction,
    /// A risk was reported.
    Risk,
    /// The values derived from the user's sessions were recounted and corrected.
    Recounted,
    /// The operator changed a setting of the application.
    SettingsChanged,
    /// An API key was created.
    KeyCreated,
    /// The name, role, limits or other attributes of an API key changed.
    KeyChanged,
    /// An API key was revoked.
    KeyRevoked,
    /// An API key was rotated: a new key replaces it.
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

    /// The value in the API.
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

    /// The kind with this API value, or `None`.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether the entry is listed among the comments of a user's detail.
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

    /// Whether the entry is listed in the user's activity. Legal holds and their reasons are listed in the audit log
    /// only.
    #[must_use]
    pub const fn is_activity(self) -> bool {
        !matches!(self, Self::LegalHoldSet | Self::LegalHoldLifted)
    }
}
