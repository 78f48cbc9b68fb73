//! [`Outbox`] on PostgreSQL.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::upsert::excluded;
use users_domain::model::{ApplicationId, UserStatus};
use users_domain::ports::{Outbox, Sequenced, StoreError, WrongUserCount};

use crate::adapters::PgOutbox;
use crate::failure::Failure;
use crate::numbers::signed;
use crate::rows::{invalid, unsigned};
use crate::schema::functions::pg_advisory_xact_lock;
use crate::schema::tables::user_counts;
use crate::statement::Statement;

#[async_trait]
impl Outbox for PgOutbox {
    async fn sequence(&self, limit: usize) -> Result<Sequenced, StoreError> {
        self.pool.run(move |connection| sequence_on(connection, limit)).await
    }

    async fn check_user_counts(
        &self,
        application: ApplicationId,
        repair: bool,
    ) -> Result<Vec<WrongUserCount>, StoreError> {
        self.pool.run(move |connection| check_on(connection, application, repair)).await
    }
}

fn sequence_on(connection: &mut PgConnection, limit: usize) -> Result<Sequenced, Failure> {
    const SEQUENCE: &str = "SELECT alone, changes, deliveries FROM sequence_outbox($1)";
    let (alone, changes, deliveries): (bool, i64, i64) = Statement::new(SEQUENCE)
        .bind(signed(limit))
        .typed_row::<(Bool, BigInt, BigInt), _>(connection)?;
    if !alone {
        return Ok(Sequenced::Elsewhere);
    }
    Ok(Sequenced::Done {
        changes: unsigned("count of changes", changes)?,
        deliveries: unsigned("count of deliveries", deliveries)?,
    })
}

/// Compares the stored counts with the expected ones in one snapshot: live users minus the effects of pending markers.
const WRONG: &str = "WITH there AS (
        SELECT status, count(*) AS users FROM users WHERE application_id = $1 AND deleted_at IS NULL GROUP BY status
    ), waiting AS (
        SELECT status, sum(step) AS users FROM (
            SELECT status_before AS status, -1 AS step FROM outbox WHERE application_id = $1
            UNION ALL
            SELECT status_after, 1 FROM outbox WHERE application_id = $1
        ) s GROUP BY status
    ), counted AS (
        SELECT s.status, coalesce(c.users, 0) AS kept,
            greatest(0, coalesce(t.users, 0) - coalesce(w.users, 0)) AS users
        FROM unnest($2::text[]) AS s (status)
        LEFT JOIN there t ON t.status = s.status
        LEFT JOIN waiting w ON w.status = s.status
        LEFT JOIN user_counts c ON c.application_id = $1 AND c.status = s.status
    )
    SELECT status, kept, users FROM counted WHERE kept <> users ORDER BY status";

/// The lock of the sequencer, which changes the counts.
const SEQUENCER: i64 = 0x73_65_71_75_65;

fn check_on(
    connection: &mut PgConnection,
    application: ApplicationId,
    repair: bool,
) -> Result<Vec<WrongUserCount>, Failure> {
    if !repair {
        return wrong_counts(connection, application);
    }
    connection.transaction(|connection| {
        diesel::select(pg_advisory_xact_lock(SEQUENCER)).execute(connection)?;
        let wrong = wrong_counts(connection, application)?;
        let counts: Vec<_> = wrong
            .iter()
            .map(|count| {
                (
                    user_counts::application_id.eq(application.uuid()),
                    user_counts::status.eq(count.status.as_str()),
                    user_counts::users.eq(i64::try_from(count.users).unwrap_or(i64::MAX)),
                )
            })
            .collect();
        diesel::insert_into(user_counts::table)
            .values(counts)
            .on_conflict((user_counts::application_id, user_counts::status))
            .do_update()
            .set(user_counts::users.eq(excluded(user_counts::users)))
            .execute(connection)?;
        Ok(wrong)
    })
}

fn wrong_counts(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Vec<WrongUserCount>, Failure> {
    let statuses = UserStatus::ALL.iter();
    let words = statuses.map(|status| status.as_str().to_owned());
    let rows: Vec<(String, i64, i64)> = Statement::new(WRONG)
        .bind(application.uuid())
        .bind(words.collect::<Vec<_>>())
        .typed_rows::<(Text, BigInt, BigInt), _>(connection)?;
    let wrong = rows.into_iter().map(|(status, kept, users)| {
        Ok(WrongUserCount {
            status: UserStatus::parse(&status).map_err(invalid("status"))?,
            kept: unsigned("count", kept)?,
            users: unsigned("count", users)?,
        })
    });
    wrong.collect()
}
