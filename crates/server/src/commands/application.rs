//! `application create` and `application list`.

use std::io::Write;

use users_domain::model::{ApplicationName, Environment};
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
            writeln!(out, "id\tname\tenvironment\tverified_fields\tcreated_at")?;
            for application in access.applications().await? {
                writeln!(
                    out,
                    "{}\t{}\t{}\t{}\t{}",
                    application.id,
                    application.name.as_str(),
                    application.environment.as_str(),
                    application.verified_fields.as_str(),
                    application.created_at
                )?;
            }
        }
    }
    Ok(())
}
