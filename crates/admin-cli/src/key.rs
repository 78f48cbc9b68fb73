//! `key create`, `key list`, `key rotate` and `key revoke`.

use serde_json::{Value, json};
use users_domain::model::{
    AllowedNetworks, ApiKey, ApplicationId, KeyId, KeyKind, KeyLimits, Role, Timestamp,
};
use users_domain::rules::Patch;
use users_domain::rules::keys::{KeyRotation, NewKey};
use users_domain::service::{AccessService, KeyCreated};
use uuid::Uuid;

use crate::CommandError;
use crate::answer::{Answer, Record};
use crate::args::KeyCommand;

const COLUMNS: [&str; 9] = [
    "id",
    "prefix",
    "kind",
    "name",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "allowed_ips",
];

/// Runs the command; a new secret is written alone on a line.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    command: KeyCommand,
    access: &AccessService,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    match command {
        KeyCommand::Create { role, kind: _, name, application, expires, allowed_ips } => {
            let new = NewKey {
                name,
                kind: role.map_or(KeyKind::Service, KeyKind::Role),
                expires_at: expires,
                allowed_ips: AllowedNetworks::new(allowed_ips)
                    .map_err(|error| CommandError::argument("--allowed-ip", error.to_string()))?,
                limits: KeyLimits::default(),
            };
            let application = application_or_default(application);
            let created = access.create_key(application, new).await?;
            show_secret(application, &created, None, access, answer).await?;
        }
        KeyCommand::Rotate { id, application, grace } => {
            let id = KeyId::new(id);
            let application = application_of(id, application, access).await?;
            let rotation = KeyRotation { grace, expires_at: Patch::Absent };
            let rotated = access.rotate_key(application, id, rotation).await?;
            let previous = Some(&rotated.previous);
            show_secret(application, &rotated.created, previous, access, answer).await?;
        }
        KeyCommand::List { application } => {
            let keys = access.keys(application_or_default(application)).await?;
            answer.table(&COLUMNS, keys.iter().map(record))?;
        }
        KeyCommand::Revoke { id, application } => {
            let id = KeyId::new(id);
            let application = application_of(id, application, access).await?;
            let key = access.revoke_key(application, id).await?;
            answer.row(record(&key))?;
        }
    }
    Ok(())
}

/// Writes a new secret. If that fails, the new key is revoked; the expiry of the replaced key stays shortened.
async fn show_secret(
    application: ApplicationId,
    created: &KeyCreated,
    replaced: Option<&ApiKey>,
    access: &AccessService,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    let secret = created.secret.expose();
    let row = vec![("id", json!(created.key.id.to_string())), ("key", json!(secret))];
    let Err(output) = answer.line(secret, row) else {
        return Ok(());
    };
    let id = created.key.id;
    let mut then = match access.revoke_key(application, id).await {
        Ok(_) => "it was revoked".to_owned(),
        Err(error) => format!(
            "it was not shown, but it is valid: revoke it with `users-server key revoke {id}` ({error})"
        ),
    };
    if let Some(ApiKey { id, expires_at: Some(at), .. }) = replaced {
        then = format!("{then}; the key {id} ends at {at} nevertheless: create another before");
    }
    Err(CommandError::NotShown { output, then })
}

fn record(key: &ApiKey) -> Record {
    let time = |time: Option<Timestamp>| time.map_or(Value::Null, |time| json!(time.to_string()));
    let networks = key.allowed_ips.networks().iter().map(ToString::to_string);
    let values = [
        json!(key.id.to_string()),
        json!(format!("{}…", key.prefix)),
        json!(key.kind.role().map_or("service", Role::as_str)),
        json!(key.name.as_str()),
        json!(key.created_at.to_string()),
        time(key.expires_at),
        time(key.last_used_at),
        time(key.revoked_at),
        json!(networks.collect::<Vec<_>>()),
    ];
    COLUMNS.into_iter().zip(values).collect()
}

/// Returns the given application, which is checked against the key later, or else the key's application.
async fn application_of(
    id: KeyId,
    given: Option<Uuid>,
    access: &AccessService,
) -> Result<ApplicationId, CommandError> {
    match given {
        Some(application) => Ok(ApplicationId::new(application)),
        None => Ok(access.application_of_key(id).await?),
    }
}

fn application_or_default(id: Option<Uuid>) -> ApplicationId {
    id.map_or(AccessService::DEFAULT_APPLICATION, ApplicationId::new)
}
