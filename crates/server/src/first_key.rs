//! The first way in: a default application, and a key where there is none yet.

use std::io::{self, Write};
use std::net::SocketAddr;

use users_domain::model::{
    AllowedNetworks, ApiKeySecret, ApplicationName, InvalidValue, KeyId, KeyKind, KeyLimits,
    KeyName, Role,
};
use users_domain::rules::keys::NewKey;
use users_domain::service::{AccessError, AccessService};

use thiserror::Error;

use crate::output;

/// Why there is no way in.
#[derive(Debug, Error)]
pub enum FirstKeyError {
    /// A use case around access failed.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The configured key cannot be one.
    #[error("BOOTSTRAP_API_KEY: {0}")]
    Secret(#[from] InvalidValue),
    /// Standard output is closed.
    #[error(
        "cannot show the first API key: {0}; it was revoked: make another with \
         `users-server key create --role OWNER --name NAME`"
    )]
    Output(#[source] io::Error),
    /// The same, and the key could not be revoked.
    #[error(
        "cannot show the first API key: {output}; nobody has seen it, but it is valid: revoke it with \
         `users-server key revoke {key}` ({refused})"
    )]
    Unseen {
        /// Its id.
        key: KeyId,
        /// Why it was not shown.
        output: io::Error,
        /// Why it was not revoked.
        refused: AccessError,
    },
}

/// Makes the default application and, where it has no key yet, the configured one. Neither is made twice, and a revoked
/// key stays revoked.
///
/// # Errors
/// [`FirstKeyError`].
pub async fn ensure_configured(
    access: &AccessService,
    bootstrap: Option<&str>,
) -> Result<(), FirstKeyError> {
    access
        .ensure_default_application(ApplicationName::parse("default")?)
        .await?;
    let Some(text) = bootstrap else {
        return Ok(());
    };
    let secret = ApiKeySecret::parse(text)?;
    let keys = access.keys(AccessService::DEFAULT_APPLICATION).await?;
    if keys.is_empty() {
        access
            .import_key(
                AccessService::DEFAULT_APPLICATION,
                owner_key("bootstrap")?,
                &secret,
            )
            .await?;
        tracing::info!("made the first API key from BOOTSTRAP_API_KEY");
    } else if !keys.iter().any(|key| key.digest == secret.digest()) {
        tracing::warn!(
            "BOOTSTRAP_API_KEY has no effect: the default application has other keys already"
        );
    }
    Ok(())
}

/// Makes an OWNER key where the default application has no key at all, and shows it this once. What nobody could see is
/// not made, or revoked.
///
/// # Errors
/// [`FirstKeyError`].
pub async fn show_first(
    access: &AccessService,
    address: SocketAddr,
    out: &mut dyn Write,
) -> Result<(), FirstKeyError> {
    if !access
        .keys(AccessService::DEFAULT_APPLICATION)
        .await?
        .is_empty()
    {
        return Ok(());
    }
    if let Err(reason) = output::check() {
        tracing::warn!(
            %reason,
            "no first API key was made, as nobody would see it: make one with `users-server key create --role OWNER --name NAME`"
        );
        return Ok(());
    }
    let created = access
        .create_key(AccessService::DEFAULT_APPLICATION, owner_key("first key")?)
        .await?;
    let key = created.secret.expose();
    let shown = write!(
        out,
        "\n\
         The users service answers at http://{address}, its interface is shown at http://{address}/docs\n\
         Its first API key (role OWNER), shown this once:\n\n\
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
        Err(refused) => FirstKeyError::Unseen {
            key,
            output,
            refused,
        },
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
