//! Writes and copies a long audit trail by SQL. Everything here blocks.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use users_domain::service::AccessService;

use crate::Error;

/// Number of entries per statement.
const PORTION: usize = 100_000;

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    entries: i64,
}

/// Adds entries of edits to the default application's trail, one second apart, in order of their times. Returns the
/// total number, which includes the entry of the first key.
///
/// # Errors
/// If they are not written.
pub(super) fn write(owner_url: &str, entries: usize) -> Result<usize, Error> {
    let mut connection = PgConnection::establish(owner_url)?;
    let application = AccessService::DEFAULT_APPLICATION;
    for first in (1..=entries).step_by(PORTION) {
        let last = entries.min(first + PORTION - 1);
        connection.batch_execute(&format!(
            "WITH numbers AS (
                SELECT n, (lpad(to_hex(1767225600000 + n * 1000), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
                    || substr(md5(n::text), 4, 15))::uuid AS id
                FROM generate_series({first}, {last}) n
            ), entered AS (
                INSERT INTO audit_entries (application_id, id, user_id, at, actor_kind, actor_key, actor_role, operation,
                    kind, fields, request_id, commitment)
                SELECT '{application}', id, md5('user ' || n % 100000)::uuid,
                    '2026-01-01Z'::timestamptz + n * interval '1 second', 'key', md5('key ' || n % 7)::uuid, 'ADMIN',
                    'update', 'PROFILE_UPDATED', '{{display_name}}', id::text, sha256(n::text::bytea)
                FROM numbers
                ORDER BY n
            )
            INSERT INTO audit_details (application_id, entry_id, salt, detail)
            SELECT '{application}', id, sha256(n::text::bytea), format(
                '{{\"about\":null,\"actor_address\":\"192.0.2.%s\",\"actor_name\":\"Back office\",\"comment\":null,'
                '\"new_status\":null,\"new_value\":{{\"display_name\":\"Person %s of the trail\"}},'
                '\"overrides_verified\":false,\"previous_status\":null,'
                '\"previous_value\":{{\"display_name\":\"Person %s\"}},\"trigger\":null,\"vendor_data\":\"customer-%s\"}}',
                n % 250, n, n, n % 100000)
            FROM numbers
            ORDER BY n;"
        ))?;
    }
    connection.batch_execute("VACUUM ANALYZE audit_entries, audit_details")?;
    let counted: Counted = sql_query(format!(
        "SELECT count(*) AS entries FROM audit_entries WHERE application_id = '{application}'"
    ))
    .get_result(&mut connection)?;
    Ok(usize::try_from(counted.entries)?)
}

/// Copies all entries to `/dev/null` and returns the duration.
///
/// # Errors
/// If the statement fails.
pub(super) fn copy_out(superuser_url: &str) -> Result<Duration, Error> {
    let mut connection = PgConnection::establish(superuser_url)?;
    let application = AccessService::DEFAULT_APPLICATION;
    let started = Instant::now();
    connection.batch_execute(&format!(
        "COPY (
            SELECT e.*, d.detail FROM audit_entries e
            JOIN audit_details d ON d.application_id = e.application_id AND d.entry_id = e.id
            WHERE e.application_id = '{application}'
            ORDER BY e.at DESC, e.id DESC
        ) TO '/dev/null'"
    ))?;
    Ok(started.elapsed())
}
