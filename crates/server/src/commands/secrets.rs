//! `secrets reseal`.

use serde_json::json;
use users_domain::ports::{DestinationStore, SecretVault};

use super::CommandError;
use super::answer::Answer;
use crate::args::SecretsCommand;

/// Secrets read at a time.
const BATCH: usize = 200;

/// Does what is asked and writes the answer. May be repeated, and run beside everything else: what is replaced meanwhile
/// was sealed under the current key anyway.
///
/// # Errors
/// [`CommandError`]; [`CommandError::Unreadable`] after everything else was done.
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
                tracing::error!(destination = %owner, "a secret cannot be opened with the keys at hand");
                unreadable += 1;
                continue;
            };
            let anew = vault.seal(&secret, owner)?;
            if store.replace_sealed(number, sealed, anew).await? {
                resealed += 1;
            }
        }
    }
    answer.line(
        &format!("{resealed} of {seen} secrets were sealed anew"),
        vec![("resealed", json!(resealed)), ("secrets", json!(seen))],
    )?;
    match unreadable {
        0 => Ok(()),
        some => Err(CommandError::Unreadable(some)),
    }
}
