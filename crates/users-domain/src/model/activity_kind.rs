//! The kinds of audit entries.

use super::words::words;

words!(
    /// Kind of an audit entry.
    ActivityKind {
        /// The user was created.
        Created = "CREATED",
        /// The user was deleted.
        Deleted = "DELETED",
        /// The deleted user was restored.
        Restored = "RESTORED",
        /// The status changed.
        StatusChanged = "STATUS_CHANGED",
        /// The metadata changed.
        MetadataUpdated = "METADATA_UPDATED",
        /// Tags were added.
        TagAdded = "TAG_ADDED",
        /// Tags were removed.
        TagRemoved = "TAG_REMOVED",
        /// Fields other than status, metadata and tags changed.
        ProfileUpdated = "PROFILE_UPDATED",
        /// A comment was written.
        Comment = "COMMENT",
        /// A request contained read-only fields; they were ignored.
        ReadOnlyRefused = "READ_ONLY_REFUSED",
        /// A status change was refused.
        TransitionRefused = "TRANSITION_REFUSED",
        /// A deletion was refused: the user is under legal hold.
        DeletionRefused = "DELETION_REFUSED",
        /// A legal hold was set, or its reason changed.
        LegalHoldSet = "LEGAL_HOLD_SET",
        /// The legal hold was lifted.
        LegalHoldLifted = "LEGAL_HOLD_LIFTED",
        /// A key was refused an operation that its role does not allow.
        PermissionRefused = "PERMISSION_REFUSED",
        /// Reports of another service were refused.
        ReportsRefused = "REPORTS_REFUSED",
        /// A session was reported.
        Session = "SESSION",
        /// A transaction was reported.
        Transaction = "TRANSACTION",
        /// A risk was reported.
        Risk = "RISK",
        /// The values derived from the user's sessions were recounted and corrected.
        Recounted = "RECOUNTED",
        /// The operator changed a setting of the application.
        SettingsChanged = "SETTINGS_CHANGED",
        /// An API key was created.
        KeyCreated = "KEY_CREATED",
        /// The name, role, limits or other attributes of an API key changed.
        KeyChanged = "KEY_CHANGED",
        /// An API key was revoked.
        KeyRevoked = "KEY_REVOKED",
        /// An API key was rotated: a new key replaces it.
        KeyRotated = "KEY_ROTATED",
    }
);

impl ActivityKind {
    /// Whether the entry is listed among the comments of a user's detail.
    #[must_use]
    pub const fn is_comment(self) -> bool {
        matches!(
            self,
            Self::StatusChanged
                | Self::MetadataUpdated
                | Self::TagAdded
                | Self::TagRemoved
                | Self::ProfileUpdated
                | Self::Comment
        )
    }

    /// Whether the entry is listed in the user's activity. Legal holds are listed in the audit log only.
    #[must_use]
    pub const fn is_activity(self) -> bool {
        !matches!(self, Self::LegalHoldSet | Self::LegalHoldLifted)
    }
}
