//! What a store keeps beside users, as plain rows.

use async_trait::async_trait;
use users_domain::model::{
    ApplicationId, AuditEntry, AuditId, EventId, KeyId, Role, Timestamp, UserEvent, UserField,
    UserId,
};
use users_domain::ports::{EncodedEvent, EventEncoder};

/// Looks into a store past its ports, and breaks it on demand.
#[async_trait]
pub trait Inspect: Send + Sync {
    /// A user's audit entries with their details, in any order.
    async fn audit_entries(&self, application: ApplicationId, user: UserId) -> Vec<AuditRow>;

    /// A user's stored events, in any order.
    async fn events(&self, application: ApplicationId, user: UserId) -> Vec<EventRow>;

    /// From now on every insert of an event fails, or no longer does. It fails late: where a store writes in several
    /// steps, the user and its audit entries come first.
    async fn fail_event_inserts(&self, fail: bool);
}

/// Looks into a store of applications and keys past its ports.
#[async_trait]
pub trait InspectAccess: Send + Sync {
    /// The audit entries about an application and none of its users, in any order.
    async fn audit_entries(&self, application: ApplicationId) -> Vec<AuditRow>;
}

/// A stored audit entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// `key`, `service` or `system`.
    pub actor_kind: String,
    /// Which key.
    pub actor_key: Option<KeyId>,
    /// The word of the key's role.
    pub actor_role: Option<String>,
    /// The word of the operation.
    pub operation: String,
    /// The word of the activity.
    pub kind: String,
    /// The words of the fields.
    pub fields: Vec<String>,
    /// Which request.
    pub request_id: String,
    /// What the commitment is salted with.
    pub salt: [u8; 32],
    /// The detail's exact text.
    pub detail: String,
    /// What holds header and detail together.
    pub commitment: [u8; 32],
}

impl AuditRow {
    /// The row of an entry.
    #[must_use]
    pub fn of(entry: &AuditEntry) -> Self {
        let header = &entry.header;
        let words = header.fields.iter().copied().map(UserField::as_str);
        Self {
            id: header.id,
            at: header.at,
            actor_kind: header.actor_kind.to_owned(),
            actor_key: header.actor_key,
            actor_role: header.actor_role.map(Role::as_str).map(str::to_owned),
            operation: header.operation.as_str().to_owned(),
            kind: header.kind.as_str().to_owned(),
            fields: words.map(str::to_owned).collect(),
            request_id: header.request_id.as_str().to_owned(),
            salt: entry.salt.0,
            detail: entry.detail.text(),
            commitment: entry.commitment().0,
        }
    }
}

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// The word that receivers subscribe to.
    pub webhook_type: String,
    /// Its place among the user's events.
    pub sequence: u64,
    /// When the change was made.
    pub created_at: Timestamp,
    /// The encoded body.
    pub body: String,
    /// Where the time of an attempt stands in the body, in bytes.
    pub timestamp_offset: usize,
}

impl EventRow {
    /// The row of an event.
    #[must_use]
    pub fn of(event: &UserEvent, encoder: &dyn EventEncoder) -> Self {
        Self::of_encoded(event, encoder.encode(event))
    }

    /// The row of an event that was encoded before.
    #[must_use]
    pub fn of_encoded(event: &UserEvent, encoded: EncodedEvent) -> Self {
        Self {
            id: event.id,
            webhook_type: event.payload.webhook_type().as_str().to_owned(),
            sequence: event.sequence,
            created_at: event.created_at,
            body: encoded.body,
            timestamp_offset: encoded.timestamp_offset,
        }
    }
}
