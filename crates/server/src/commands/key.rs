//! `key create`, `key list` and `key revoke`.

use std::io::Write;

use users_domain::model::{
    AllowedNetworks, ApiKey, ApplicationId, KeyId, KeyKind, KeyLimits, KeyName, Network, Role,
    Timestamp,
};
use users_domain::rules::keys::NewKey;
use users_domain::service::AccessService;
use uuid::Uuid;

use super::CommandError;
use crate::args::KeyCommand;

/// Does what is asked and writes the answer; a new secret stands alone on its line.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    command: KeyCommand,
    access: &AccessService,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    match command {
        KeyCommand::Create {
            role,
            kind,
            name,
            application,
            expires,
            allowed_ips,
        } => {
            let new = NewKey {
                name: KeyName::parse(name)
                    .map_err(|error| CommandError::argument("--name", error.to_string()))?,
                kind: kind_of(&kind, role.as_deref())?,
                expires_at: expires.as_deref().map(time_of).transpose()?,
                allowed_ips: networks_of(&allowed_ips)?,
                limits: KeyLimits::default(),
            };
            let created = access
                .create_key(application_or_default(application), new)
                .await?;
            writeln!(out, "{}", created.secret.expose())?;
        }
        KeyCommand::List { application } => {
            writeln!(
                out,
                "id\tprefix\tkind\tname\tcreated_at\texpires_at\tlast_used_at\trevoked_at\tallowed_ips"
            )?;
            for key in access.keys(application_or_default(application)).await? {
                write_row(out, &key)?;
            }
        }
        KeyCommand::Revoke { id, application } => {
            let application = application_or_default(application);
            let key = access.revoke_key(application, KeyId::new(id)).await?;
            write_row(out, &key)?;
        }
    }
    Ok(())
}

fn write_row(out: &mut dyn Write, key: &ApiKey) -> Result<(), CommandError> {
    let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
    let networks = key.allowed_ips.networks();
    let networks: Vec<_> = networks.iter().map(Network::to_string).collect();
    let networks = networks.join(",");
    writeln!(
        out,
        "{}\t{}…\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        key.id,
        key.prefix,
        key.kind.role().map_or("service", Role::as_str),
        key.name.as_str(),
        key.created_at,
        time(key.expires_at),
        time(key.last_used_at),
        time(key.revoked_at),
        if networks.is_empty() { "-" } else { &networks }
    )?;
    Ok(())
}

fn application_or_default(id: Option<Uuid>) -> ApplicationId {
    id.map_or(AccessService::DEFAULT_APPLICATION, ApplicationId::new)
}

fn kind_of(kind: &str, role: Option<&str>) -> Result<KeyKind, CommandError> {
    match (kind, role) {
        ("role", Some(role)) => Role::parse(role).map(KeyKind::Role).map_err(|_| {
            let roles = Role::ALL.map(Role::as_str).join(", ");
            CommandError::argument("--role", format!("must be one of {roles}"))
        }),
        ("role", None) => Err(CommandError::argument(
            "--role",
            "is required for kind role",
        )),
        ("service", None) => Ok(KeyKind::Service),
        ("service", Some(_)) => Err(CommandError::argument(
            "--role",
            "does not go with kind service",
        )),
        _ => Err(CommandError::argument("--kind", "must be role or service")),
    }
}

fn networks_of(texts: &[String]) -> Result<AllowedNetworks, CommandError> {
    let networks = texts
        .iter()
        .map(|text| Network::parse(text))
        .collect::<Result<Vec<_>, _>>();
    networks
        .and_then(AllowedNetworks::new)
        .map_err(|error| CommandError::argument("--allowed-ip", error.to_string()))
}

fn time_of(text: &str) -> Result<Timestamp, CommandError> {
    Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&format!("{text}T00:00:00Z")))
        .map_err(|_| CommandError::argument("--expires", "must be an RFC 3339 time or YYYY-MM-DD"))
}
