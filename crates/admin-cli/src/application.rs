//! `application create`, `application list` and `application set`.

use serde_json::{Value, json};
use users_domain::model::{Application, ApplicationId, ApplicationSettings, Json};
use users_domain::service::AccessService;

use crate::CommandError;
use crate::answer::{Answer, Record};
use crate::args::ApplicationCommand;

/// Runs the command.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    command: ApplicationCommand,
    access: &AccessService,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    match command {
        ApplicationCommand::Create { name, environment } => {
            let application = access.create_application(name, environment).await?;
            let id = application.id.to_string();
            answer.line(&id, vec![("id", json!(id))])?;
        }
        ApplicationCommand::List => {
            let heading = ["id", "name", "environment", "created_at"];
            let settings = ApplicationSettings::default().values();
            let heading = [&heading[..], &settings.map(|(name, _)| name)].concat();
            let applications = access.applications().await?;
            answer.table(&heading, applications.iter().map(record))?;
        }
        ApplicationCommand::Set { id, settings } => {
            let id = ApplicationId::new(id);
            let application = access.change_settings(id, &settings).await?;
            let values = record_of_settings(&application.settings);
            let lines = (application.settings.values())
                .map(|(name, value)| format!("{name}={}", shown(value)));
            answer.line(&lines.join("\n"), values)?;
        }
    }
    Ok(())
}

fn record(application: &Application) -> Record {
    let mut row = vec![
        ("id", json!(application.id.to_string())),
        ("name", json!(application.name.as_str())),
        ("environment", json!(application.environment.as_str())),
        ("created_at", json!(application.created_at.to_string())),
    ];
    row.extend(record_of_settings(&application.settings));
    row
}

fn record_of_settings(settings: &ApplicationSettings) -> Record {
    settings.values().map(|(name, value)| (name, Value::String(shown(value)))).into()
}

/// Formats a setting's value in the form that `application set` accepts.
fn shown(value: Json) -> String {
    match value {
        Json::Null => "default".to_owned(),
        Json::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
