//! `secrets reseal`.

use serde_json::json;
use users_domain::ports::{DestinationStore, SecretVault};

use crate::CommandError;
use crate::answer::Answer;
use crate::args::SecretsCommand;

/// Secrets per read.
const BATCH: usize = 200;

/// Reseals secrets with the current key and writes the numbers. Can be repeated, and can run while the service runs:
/// secrets that the service replaces meanwhile are sealed with the current key.
///
/// # Errors
/// [`CommandError`]; [`CommandError::Unreadable`] after all other secrets were resealed.
pub async fn run(
    SecretsCommand::Reseal: SecretsCommand,
    store: &dyn DestinationStore,
    vault: &dyn SecretVault,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    let (mut seen, mut resealed, mut unreadable) = (0_usize, 0_usize, 0_usize);
    let mut after = None;
    loop {
        let batch = store.sealed_secrets(after, BATCH).await?;
        let Some((last, ..)) = batch.last() else {
            break;
        };
        after = Some(*last);
        for (number, owner, sealed) in batch {
            seen += 1;
            if vault.is_current(&sealed) {
                continue;
            }
            let Ok(secret) = vault.open(&sealed, owner) else {
                tracing::error!(destination = %owner, "a secret cannot be opened with the configured keys");
                unreadable += 1;
                continue;
            };
            let resealed_secret = vault.seal(&secret, owner)?;
            if store.replace_sealed(number, sealed, resealed_secret).await? {
                resealed += 1;
            }
        }
    }
    answer.line(
        &format!("{resealed} of {seen} secrets were resealed"),
        vec![("resealed", json!(resealed)), ("secrets", json!(seen))],
    )?;
    match unreadable {
        0 => Ok(()),
        some => Err(CommandError::Unreadable(some)),
    }
}
