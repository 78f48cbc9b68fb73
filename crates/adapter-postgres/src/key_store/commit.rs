//! Commits one decision about the keys of an application: locks the application's row, so that decisions are
//! serialised, and writes all changes in the same transaction.

use diesel::prelude::*;
use users_domain::model::{ApplicationId, KeyId, KeyState};
use users_domain::ports::KeyMutation;
use users_domain::rules::keys::{KeyChangeSet, KeyFacts, KeyOutcome};
use uuid::Uuid;

use super::row::{KeyRow, is_valid};
use crate::audit;
use crate::failure::Failure;
use crate::schema::tables::{api_keys, applications};

pub(super) fn commit(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutation: &KeyMutation,
) -> Result<KeyOutcome, Failure> {
    connection.transaction(|connection| {
        // Blocks other decisions, but no inserts of keys and users.
        let locked: Option<Uuid> = applications::table
            .find(application.uuid())
            .select(applications::id)
            .for_no_key_update()
            .get_result(connection)
            .optional()?;
        if locked.is_none() {
            return Err(Failure::defect("the application of the keys does not exist"));
        }
        let facts = facts(connection, application, mutation)?;
        let outcome = (mutation.decide)(&facts);
        if let KeyOutcome::Changed(set) = &outcome {
            write(connection, application, set)?;
        }
        Ok(outcome)
    })
}

/// Runs after the lock as a separate statement: combined with the lock, it would not see the changes of the previous
/// decision.
fn facts(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutation: &KeyMutation,
) -> Result<KeyFacts, Failure> {
    // The nil id never matches: key ids are UUIDs of version 7.
    let subject = mutation.subject.map_or(Uuid::nil(), KeyId::uuid);
    let keys = api_keys::table
        .filter(api_keys::application_id.eq(application.uuid()))
        .filter(is_valid(mutation.at).or(api_keys::id.eq(subject).nullable()))
        .select(KeyRow::as_select())
        .load(connection)?
        .into_iter()
        .map(KeyRow::into_key)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(KeyFacts {
        subject: keys.iter().find(|key| Some(key.id) == mutation.subject).cloned(),
        live: keys.into_iter().filter(|key| key.state(mutation.at) == KeyState::Valid).collect(),
    })
}

fn write(
    connection: &mut PgConnection,
    application: ApplicationId,
    set: &KeyChangeSet,
) -> Result<(), Failure> {
    if let Some(key) = set.changed() {
        let key = KeyRow::of(key);
        let stored =
            api_keys::table.find(key.id).filter(api_keys::application_id.eq(key.application_id));
        let written = diesel::update(stored).set(key.settings).execute(connection)?;
        one(written)?;
    }
    if let Some(key) = set.added() {
        let written =
            diesel::insert_into(api_keys::table).values(KeyRow::of(key)).execute(connection)?;
        one(written)?;
    }
    audit::record(connection, application, set.audit())
}

/// Checks that exactly one row was written.
fn one(written: usize) -> Result<(), Failure> {
    if written == 1 { Ok(()) } else { Err(Failure::defect("a key was not written")) }
}
