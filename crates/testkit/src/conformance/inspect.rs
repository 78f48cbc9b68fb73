//! Access to stored audit entries and events, past the ports.

use async_trait::async_trait;
use users_domain::model::{
    ApplicationId, AuditEntry, AuditId, EventId, KeyId, Role, Timestamp, UserEvent, UserField,
    UserId,
};
use users_domain::ports::{EncodedEvent, EventEncoder};

/// Reads stored rows past the ports, and makes event inserts fail on demand.
#[async_trait]
pub trait Inspect: Send + Sync {
    /// A user's audit entries with their details, in any order.
    async fn audit_entries(&self, application: ApplicationId, user: UserId) -> Vec<AuditRow>;

    /// A user's stored events, in any order.
    async fn events(&self, application: ApplicationId, user: UserId) -> Vec<EventRow>;

    /// Makes every later event insert fail, or succeed again. If a store writes in several steps, the insert fails
    /// after the user and its audit entries were written.
    async fn fail_event_inserts(&self, fail: bool);
}

/// Reads audit entries of applications and keys past the ports.
#[async_trait]
pub trait InspectAccess: Send + Sync {
    /// The audit entries of an application that concern no user, in any order.
    async fn audit_entries(&self, application: ApplicationId) -> Vec<AuditRow>;
}

/// A stored audit entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The id of the entry.
    pub id: AuditId,
    /// The time of the operation.
    pub at: Timestamp,
    /// `key`, `service` or `system`.
    pub actor_kind: String,
    /// The id of the key.
    pub actor_key: Option<KeyId>,
    /// The role of the key.
    pub actor_role: Option<String>,
    /// The name of the operation.
    pub operation: String,
    /// The kind of the activity.
    pub kind: String,
    /// The names of the changed fields.
    pub fields: Vec<String>,
    /// The id of the request.
    pub request_id: String,
    /// The salt of the commitment.
    pub salt: [u8; 32],
    /// The detail's exact text.
    pub detail: String,
    /// The commitment to header and detail.
    pub commitment: [u8; 32],
}

impl AuditRow {
    /// The row of an entry.
    #[must_use]
    pub fn of(entry: &AuditEntry) -> Self {
        let header = &entry.header;
        let names = header.fields.iter().copied().map(UserField::as_str);
        Self {
            id: header.id,
            at: header.at,
            actor_kind: header.actor_kind.to_owned(),
            actor_key: header.actor_key,
            actor_role: header.actor_role.map(Role::as_str).map(str::to_owned),
            operation: header.operation.as_str().to_owned(),
            kind: header.kind.as_str().to_owned(),
            fields: names.map(str::to_owned).collect(),
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
    /// The id of the event.
    pub id: EventId,
    /// The event type that receivers subscribe to.
    pub webhook_type: String,
    /// The sequence number among the user's events.
    pub sequence: u64,
    /// The time of the change.
    pub created_at: Timestamp,
    /// The encoded body.
    pub body: String,
    /// The byte offset of the attempt time in the body.
    pub timestamp_offset: usize,
}

impl EventRow {
    /// The row of an event.
    #[must_use]
    pub fn of(event: &UserEvent, encoder: &dyn EventEncoder) -> Self {
        Self::of_encoded(event, encoder.encode(event))
    }

    /// The row of an encoded event.
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
