//! Audit entries about an application rather than one of its users.

use crate::model::{
    ActivityKind, ApplicationId, AuditDetail, AuditEntry, AuditHeader, AuditId, CommandContext,
    Json, Operation, Salt,
};

/// Content of an audit entry about an application.
pub(super) struct ApplicationEntry {
    pub(super) application: ApplicationId,
    pub(super) operation: Operation,
    pub(super) kind: ActivityKind,
    /// The part of the application that the entry is about; null for the application itself.
    pub(super) about: Json,
    pub(super) previous_value: Json,
    pub(super) new_value: Json,
}

impl ApplicationEntry {
    /// Builds entry number `index` of those that this command writes under `label`.
    pub(super) fn stamped(self, context: &CommandContext, label: &str, index: u64) -> AuditEntry {
        let subject = self.application.uuid().into_bytes();
        let id = AuditId::new(context.derive_uuid(label, &subject, index));
        AuditEntry {
            header: AuditHeader {
                id,
                application: self.application,
                user: None,
                at: context.at,
                actor_kind: context.actor.kind_str(),
                actor_key: context.actor.key_id(),
                actor_role: context.actor.role(),
                operation: self.operation,
                kind: self.kind,
                fields: Vec::new(),
                request_id: context.request_id.clone(),
            },
            detail: AuditDetail {
                vendor_data: None,
                actor: context.actor.clone(),
                comment: None,
                previous_status: None,
                new_status: None,
                trigger: None,
                about: self.about,
                overrides_verified: false,
                previous_value: self.previous_value,
                new_value: self.new_value,
            },
            salt: Salt(context.derive_secret("salt", id.uuid().as_bytes())),
        }
    }
}
