//! What a change of an application's settings leaves in writing.

use crate::model::{
    ActivityKind, Application, ApplicationSettings, AuditDetail, AuditEntry, AuditHeader, AuditId,
    Json, Operation, Salt, Stamp,
};

/// The audit entry of `application` getting the settings `after`.
#[must_use]
pub fn settings_entry(
    application: &Application,
    after: &ApplicationSettings,
    stamp: &Stamp,
) -> AuditEntry {
    let subject = application.id.uuid().into_bytes();
    let id = AuditId::new(stamp.derive_uuid("settings", &subject, 0));
    let changed = |shown: &ApplicationSettings, other: &ApplicationSettings| {
        let pairs = shown.values().into_iter().zip(other.values());
        Json::object(pairs.filter(|(a, b)| a != b).map(|(value, _)| value))
    };
    AuditEntry {
        header: AuditHeader {
            id,
            application: application.id,
            user: None,
            at: stamp.at,
            actor_kind: stamp.actor.kind_str(),
            actor_key: stamp.actor.key_id(),
            actor_role: stamp.actor.role(),
            operation: Operation::ChangeSettings,
            kind: ActivityKind::SettingsChanged,
            fields: Vec::new(),
            request_id: stamp.request_id.clone(),
        },
        detail: AuditDetail {
            vendor_data: None,
            actor: stamp.actor.clone(),
            comment: None,
            previous_status: None,
            new_status: None,
            trigger: None,
            about: Json::Null,
            overrides_verified: false,
            previous_value: changed(&application.settings, after),
            new_value: changed(after, &application.settings),
        },
        salt: Salt(stamp.derive_secret("salt", id.uuid().as_bytes())),
    }
}
