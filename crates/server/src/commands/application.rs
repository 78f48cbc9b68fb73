//! `application create`, `application list` and `application set`.

use std::collections::BTreeSet;
use std::io::Write;

use users_domain::model::{
    ApplicationId, ApplicationName, ApplicationSettings, Environment, Json, Setting,
};
use users_domain::service::AccessService;

use super::CommandError;
use crate::args::ApplicationCommand;

/// Does what is asked and writes the answer.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    command: ApplicationCommand,
    access: &AccessService,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    match command {
        ApplicationCommand::Create { name, environment } => {
            let name = ApplicationName::parse(name)
                .map_err(|error| CommandError::argument("--name", error.to_string()))?;
            let environment = Environment::parse(&environment)
                .map_err(|_| CommandError::argument("--environment", "must be live or sandbox"))?;
            let application = access.create_application(name, environment).await?;
            writeln!(out, "{}", application.id)?;
        }
        ApplicationCommand::List => {
            let names = ApplicationSettings::NAMES.join("\t");
            writeln!(out, "id\tname\tenvironment\tcreated_at\t{names}")?;
            for application in access.applications().await? {
                let values = application.settings.values().map(|(_, value)| shown(value));
                writeln!(
                    out,
                    "{}\t{}\t{}\t{}\t{}",
                    application.id,
                    application.name.as_str(),
                    application.environment.as_str(),
                    application.created_at,
                    values.join("\t")
                )?;
            }
        }
        ApplicationCommand::Set { id, settings } => {
            let settings = parsed(&settings).map_err(CommandError::Settings)?;
            let id = ApplicationId::new(id);
            let application = access.change_settings(id, &settings).await?;
            for (name, value) in application.settings.values() {
                writeln!(out, "{name}={}", shown(value))?;
            }
        }
    }
    Ok(())
}

/// A setting's value as `application set` takes it.
fn shown(value: Json) -> String {
    match value {
        Json::Null => "default".to_owned(),
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// The settings, or what is wrong with each that cannot be had.
fn parsed(pairs: &[String]) -> Result<Vec<Setting>, Vec<String>> {
    let (mut settings, mut problems) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for pair in pairs {
        let setting = match pair.split_once('=') {
            None => Err("must be a name, = and a value".to_owned()),
            Some((name, _)) if !names.insert(name) => Err("is set twice".to_owned()),
            Some((name, value)) => {
                Setting::parse(name, value).map_err(|invalid| invalid.to_string())
            }
        };
        match setting {
            Ok(setting) => settings.push(setting),
            Err(problem) => problems.push(format!("{pair}: {problem}")),
        }
    }
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed_of(pairs: &[&str]) -> Result<Vec<Setting>, Vec<String>> {
        parsed(&pairs.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn every_wrong_pair_is_told_and_none_of_the_others_is_taken() {
        let problems = parsed_of(&[
            "auto_block_on_decline=yes",
            "retention_days=10",
            "colour=red",
            "verified_fields",
            "retention_days=11",
        ])
        .unwrap_err();
        let beginnings = [
            "auto_block_on_decline=yes: must be true or false",
            "colour=red: unknown setting; there are verified_fields, ",
            "verified_fields: must be a name, = and a value",
            "retention_days=11: is set twice",
        ];
        assert_eq!(problems.len(), beginnings.len(), "{problems:?}");
        for (problem, beginning) in problems.iter().zip(beginnings) {
            assert!(problem.starts_with(beginning), "{problem}");
        }
    }

    #[test]
    fn what_is_shown_is_taken() {
        let settings = parsed_of(&["verified_fields=override", "rate_limit_get_per_minute=7"])
            .unwrap()
            .into_iter()
            .fold(ApplicationSettings::default(), ApplicationSettings::with);
        for settings in [settings, ApplicationSettings::default()] {
            let pairs = settings
                .values()
                .map(|(name, value)| format!("{name}={}", shown(value)));
            let taken = parsed(&pairs).unwrap();
            let again = taken
                .into_iter()
                .fold(ApplicationSettings::default(), ApplicationSettings::with);
            assert_eq!(again, settings);
        }
    }
}
