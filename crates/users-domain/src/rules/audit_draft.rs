//! How audit entries are built, and the ids of entries that repeated attempts share.

use crate::model::{
    ActivityKind, ApplicationId, AuditDetail, AuditEntry, AuditHeader, AuditId, CommandContext,
    Json, Operation, Salt, StatusTrigger, Timestamp, User, UserField, UserId, UserStatus,
};

#[derive(Default)]
pub(super) struct AuditDraft {
    pub(super) fields: Vec<UserField>,
    pub(super) comment: Option<String>,
    pub(super) statuses: (Option<UserStatus>, Option<UserStatus>),
    pub(super) trigger: Option<StatusTrigger>,
    /// What caused the entry, or the part of the application that it is about.
    pub(super) about: Json,
    pub(super) overrides_verified: bool,
    /// The values before and after.
    pub(super) values: (Json, Json),
}

impl AuditDraft {
    /// The draft of an entry about one field.
    pub(super) fn of(field: UserField) -> Self {
        Self { fields: vec![field], ..Self::default() }
    }

    /// The entry about an attempt that changes nothing for a user. Repeated attempts within a minute produce one entry.
    pub(super) fn attempt(
        self,
        user: &User,
        kind: ActivityKind,
        operation: Operation,
        context: &CommandContext,
    ) -> AuditEntry {
        let id = coalesced_id(Some(user.record.id), kind, operation, context);
        let subject = (user.record.application, Some(user));
        self.entry(id, subject, kind, operation, context, context.at)
    }

    /// Entry number `index` about the application itself, of those that a command writes under `label`.
    pub(super) fn of_application(
        self,
        application: ApplicationId,
        kind: ActivityKind,
        operation: Operation,
        context: &CommandContext,
        (label, index): (&str, u64),
    ) -> AuditEntry {
        let id = AuditId::new(context.derive_uuid(label, application.uuid().as_bytes(), index));
        self.entry(id, (application, None), kind, operation, context, context.at)
    }

    /// The entry about an application or one of its users.
    pub(super) fn entry(
        self,
        id: AuditId,
        (application, user): (ApplicationId, Option<&User>),
        kind: ActivityKind,
        operation: Operation,
        context: &CommandContext,
        at: Timestamp,
    ) -> AuditEntry {
        let (previous_status, new_status) = self.statuses;
        let (previous_value, new_value) = self.values;
        AuditEntry {
            header: AuditHeader {
                id,
                application,
                user: user.map(|user| user.record.id),
                at,
                actor_kind: context.actor.kind_str(),
                actor_key: context.actor.key_id(),
                actor_role: context.actor.role(),
                operation,
                kind,
                fields: self.fields,
                request_id: context.request_id.clone(),
            },
            detail: AuditDetail {
                vendor_data: user.map(|user| user.record.vendor_data.clone()),
                actor: context.actor.clone(),
                comment: self.comment,
                previous_status,
                new_status,
                trigger: self.trigger,
                about: self.about,
                overrides_verified: self.overrides_verified,
                previous_value,
                new_value,
            },
            salt: Salt(context.derive_secret("salt", id.uuid().as_bytes())),
        }
    }
}

/// The id shared by all attempts of one kind within a minute, derived from key, operation and, if there is one, user.
pub(super) fn coalesced_id(
    user: Option<UserId>,
    kind: ActivityKind,
    operation: Operation,
    context: &CommandContext,
) -> AuditId {
    let mut subject = user.map_or([0; 16], |user| user.uuid().into_bytes()).to_vec();
    subject.extend(context.actor.key_id().map_or([0; 16], |key| key.uuid().into_bytes()));
    subject.extend(operation.as_str().as_bytes());
    let minute =
        CommandContext { at: context.at.start_of_minute(), seed: [0; 32], ..context.clone() };
    AuditId::new(minute.derive_uuid(kind.as_str(), &subject, 0))
}
