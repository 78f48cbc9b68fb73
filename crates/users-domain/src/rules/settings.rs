//! The audit entry of a change of an application's settings.

use super::application_entry::ApplicationEntry;
use crate::model::{
    ActivityKind, Application, ApplicationSettings, AuditEntry, CommandContext, Json, Operation,
};

/// The audit entry for changing the settings of `application` to `after`.
#[must_use]
pub fn settings_entry(
    application: &Application,
    after: &ApplicationSettings,
    context: &CommandContext,
) -> AuditEntry {
    let changed = |shown: &ApplicationSettings, other: &ApplicationSettings| {
        let pairs = shown.values().into_iter().zip(other.values());
        Json::object(pairs.filter(|(a, b)| a != b).map(|(value, _)| value))
    };
    let entry = ApplicationEntry {
        application: application.id,
        operation: Operation::ChangeSettings,
        kind: ActivityKind::SettingsChanged,
        about: Json::Null,
        previous_value: changed(&application.settings, after),
        new_value: changed(after, &application.settings),
    };
    entry.stamped(context, "settings", 0)
}
