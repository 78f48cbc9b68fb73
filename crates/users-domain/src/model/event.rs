//! User events, which are sent to webhook receivers.

use super::brief::brief;
use super::words::words;
use super::{
    ApplicationId, Environment, EventId, Json, RequestId, Timestamp, UserField, UserId, UserStatus,
    VendorData,
};

words!(
    /// The types of events that this service emits (docs/API.md).
    WebhookType {
        /// A user was created, edited, deleted or restored.
        UserDataUpdated = "user.data.updated",
        /// A user's status changed.
        UserStatusUpdated = "user.status.updated",
    }
);

/// A changed field with its values as the API shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub field: UserField,
    /// The value before.
    pub previous: Json,
    /// The value after.
    pub current: Json,
}

impl FieldChange {
    /// The shortened change, as by [`super::brief_values`].
    #[must_use]
    pub fn brief(&self) -> Self {
        let (previous, current) = brief(&self.previous, &self.current);
        Self { field: self.field, previous, current }
    }
}

/// The type-specific content of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPayload {
    /// The user was created.
    Created {
        /// The fields that were set.
        fields: Vec<UserField>,
        /// Changes by the report that created the user; empty if a client created it.
        changes: Vec<FieldChange>,
    },
    /// Fields changed.
    Edited {
        /// The changed fields with their values.
        changes: Vec<FieldChange>,
    },
    /// The status changed.
    StatusChanged {
        /// The status before.
        previous: UserStatus,
    },
    /// The user was deleted.
    Deleted {
        /// When it was deleted.
        at: Timestamp,
    },
    /// The deleted user was restored.
    Restored,
}

impl EventPayload {
    /// The type that receivers subscribe to.
    #[must_use]
    pub const fn webhook_type(&self) -> WebhookType {
        match self {
            Self::Created { .. } | Self::Edited { .. } | Self::Deleted { .. } | Self::Restored => {
                WebhookType::UserDataUpdated
            }
            Self::StatusChanged { .. } => WebhookType::UserStatusUpdated,
        }
    }

    /// The fields that changed.
    #[must_use]
    pub fn changed_fields(&self) -> Vec<UserField> {
        match self {
            Self::Created { fields, changes } => {
                let changed = changes.iter().map(|change| change.field);
                let more = changed.filter(|field| !fields.contains(field));
                fields.iter().copied().chain(more).collect()
            }
            Self::Edited { changes } => changes.iter().map(|change| change.field).collect(),
            Self::StatusChanged { .. } => vec![UserField::Status],
            Self::Deleted { .. } | Self::Restored => vec![UserField::DeletedAt],
        }
    }
}

/// One event, stored in the same transaction as the change that it describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEvent {
    /// Id of the event; the same in all deliveries.
    pub id: EventId,
    /// The tenant.
    pub application: ApplicationId,
    /// Live or sandbox.
    pub environment: Environment,
    /// The user.
    pub user: UserId,
    /// The `vendor_data` of the user.
    pub vendor_data: VendorData,
    /// The status after the whole change, even if a separate event of the same change reports the status.
    pub status: UserStatus,
    /// Sequence number among the user's events, from 1.
    pub sequence: u64,
    /// Time of the change.
    pub created_at: Timestamp,
    /// The id of the request that caused the change.
    pub request_id: RequestId,
    /// What happened.
    pub payload: EventPayload,
}
