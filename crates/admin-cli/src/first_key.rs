//! Initial access: creates the default application, and its first key if it has none.

use std::io::{self, Write};
use std::net::SocketAddr;

use thiserror::Error;
use users_domain::model::{
    AllowedNetworks, ApiKeySecret, ApplicationName, InvalidValue, KeyId, KeyKind, KeyLimits,
    KeyName, Role,
};
use users_domain::rules::keys::NewKey;
use users_domain::service::{AccessError, AccessService};

/// Why initial access could not be set up.
#[derive(Debug, Error)]
pub enum FirstKeyError {
    /// The access service returned an error.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A name that the service gives is invalid.
    #[error(transparent)]
    Name(#[from] InvalidValue),
    /// Standard output is closed.
    #[error(
        "cannot show the first API key: {0}; it was revoked: create another with \
         `users-server key create --role OWNER --name NAME`"
    )]
    Output(#[source] io::Error),
    /// Standard output is closed, and the key could not be revoked.
    #[error(
        "cannot show the first API key: {output}; it was not shown, but it is valid: revoke it with \
         `users-server key revoke {key}` ({refused})"
    )]
    Unseen {
        /// The id of the key.
        key: KeyId,
        /// Why the key was not shown.
        output: io::Error,
        /// Why the key was not revoked.
        refused: AccessError,
    },
}

/// Creates the default application and, if it has no key yet, the configured key. Neither is created twice, and a
/// revoked key stays revoked.
///
/// # Errors
/// [`FirstKeyError`].
pub async fn ensure_configured(
    access: &AccessService,
    bootstrap: Option<&ApiKeySecret>,
) -> Result<(), FirstKeyError> {
    access.ensure_default_application(ApplicationName::parse("default")?).await?;
    let Some(secret) = bootstrap else {
        return Ok(());
    };
    let keys = access.keys(AccessService::DEFAULT_APPLICATION).await?;
    if keys.is_empty() {
        access
            .import_key(AccessService::DEFAULT_APPLICATION, owner_key("bootstrap")?, secret)
            .await?;
        tracing::info!("created the first API key from BOOTSTRAP_API_KEY");
    } else if !keys.iter().any(|key| key.digest == secret.digest()) {
        tracing::warn!(
            "BOOTSTRAP_API_KEY has no effect: the default application already has other keys"
        );
    }
    Ok(())
}

/// Creates an OWNER key if the default application has no key, and shows it once. A key that cannot be shown is
/// not created, or is revoked.
///
/// # Errors
/// [`FirstKeyError`].
pub async fn show_first(
    access: &AccessService,
    address: SocketAddr,
    out: &mut dyn Write,
) -> Result<(), FirstKeyError> {
    if !access.keys(AccessService::DEFAULT_APPLICATION).await?.is_empty() {
        return Ok(());
    }
    if let Err(reason) = adapter_system::check_output() {
        tracing::warn!(
            %reason,
            "no first API key was created, as it cannot be shown: create one with `users-server key create --role OWNER --name NAME`"
        );
        return Ok(());
    }
    let created =
        access.create_key(AccessService::DEFAULT_APPLICATION, owner_key("first key")?).await?;
    let key = created.secret.expose();
    let shown = write!(
        out,
        "\n\
         The users service listens on http://{address}, its API documentation is at http://{address}/docs\n\
         Its first API key (role OWNER), shown only once:\n\n\
         {key}\n\n\
         Try it:\n\n\
         curl -s http://{address}/v3/users/create/ -H 'x-api-key: {key}' -H 'content-type: application/json' \
         -d '{{\"vendor_data\": \"user-1\", \"full_name\": \"Ada Lovelace\"}}'\n\n"
    );
    let Err(output) = shown.and_then(|()| out.flush()) else {
        return Ok(());
    };
    let key = created.key.id;
    let revoked = access.revoke_key(AccessService::DEFAULT_APPLICATION, key);
    Err(match revoked.await {
        Ok(_) => FirstKeyError::Output(output),
        Err(refused) => FirstKeyError::Unseen { key, output, refused },
    })
}

fn owner_key(name: &str) -> Result<NewKey, InvalidValue> {
    Ok(NewKey {
        name: KeyName::parse(name)?,
        kind: KeyKind::Role(Role::Owner),
        expires_at: None,
        allowed_ips: AllowedNetworks::default(),
        limits: KeyLimits::default(),
    })
}
