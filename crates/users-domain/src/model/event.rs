//! What receivers of webhooks are told.

use super::brief::brief;
use super::{
    ApplicationId, Environment, EventId, Json, RequestId, Timestamp, UserField, UserId, UserStatus,
    VendorData,
};

/// The types of events that this service fires (docs/API.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WebhookType {
    /// A user was made, edited or deleted.
    UserDataUpdated,
    /// A user's status changed.
    UserStatusUpdated,
}

impl WebhookType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::UserDataUpdated, Self::UserStatusUpdated];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserDataUpdated => "user.data.updated",
            Self::UserStatusUpdated => "user.status.updated",
        }
    }
}

/// A field that changed, with its shown values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Which.
    pub field: UserField,
    /// The value before.
    pub previous: Json,
    /// The value after.
    pub current: Json,
}

impl FieldChange {
    /// The change as it is told where whole values would be too much: of one whose text has more than 256 bytes its size
    /// and, of an object, which members changed.
    #[must_use]
    pub fn brief(&self) -> Self {
        let (previous, current) = brief(&self.previous, &self.current);
        Self {
            field: self.field,
            previous,
            current,
        }
    }
}

/// What an event says beyond what all events say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPayload {
    /// The user was made.
    Created {
        /// What was set.
        fields: Vec<UserField>,
        /// What the report that made it changed right away, and how; none where a client made it.
        changes: Vec<FieldChange>,
    },
    /// Fields changed.
    Edited {
        /// Which, and how.
        changes: Vec<FieldChange>,
    },
    /// The status changed.
    StatusChanged {
        /// The status before.
        previous: UserStatus,
    },
    /// The user was deleted.
    Deleted {
        /// When.
        at: Timestamp,
    },
    /// The user is there again.
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

/// One event, written in the transaction of the change it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEvent {
    /// Stable over all deliveries.
    pub id: EventId,
    /// The tenant.
    pub application: ApplicationId,
    /// Live or sandbox.
    pub environment: Environment,
    /// The user.
    pub user: UserId,
    /// What the client calls the user.
    pub vendor_data: VendorData,
    /// The status after the whole change, also where another event of it is about the status.
    pub status: UserStatus,
    /// The place among the user's events, from 1.
    pub sequence: u64,
    /// When the change was made.
    pub created_at: Timestamp,
    /// The request that made it.
    pub request_id: RequestId,
    /// What happened.
    pub payload: EventPayload,
}
