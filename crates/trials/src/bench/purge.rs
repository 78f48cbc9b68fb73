//! Measures the purge of users whose retention has expired, and the delay of concurrent writers.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use tokio::task::spawn_blocking;

use super::Latency;
use super::ingest::{IngestStage, Population};
use super::process::watched;
use crate::Error;

const LIMIT: Duration = Duration::from_hours(1);

/// Marks all users except every hundredth as deleted long ago; adds an audit trail of four entries and a transaction to
/// each user. Events of that age would have been deleted already.
const AGE: &str = "
    ALTER TABLE audit_entries DISABLE TRIGGER USER;
    ALTER TABLE events DISABLE TRIGGER USER;
    DELETE FROM outbox;
    UPDATE users SET deleted_at = now() - interval '3650 days' - random() * interval '100 days'
    WHERE ('x' || left(md5(id::text), 8))::bit(32)::bigint % 100 <> 0;
    CREATE TEMPORARY TABLE trail AS
        SELECT gen_random_uuid() AS entry, u.application_id, u.id AS user_id, u.vendor_data, n
        FROM users u, generate_series(1, 4) n;
    INSERT INTO audit_entries (application_id, id, user_id, at, actor_kind, actor_key, actor_role, operation, kind, fields,
        request_id, commitment)
    SELECT application_id, entry, user_id, now() - interval '3700 days' + n * interval '1 hour', 'key', gen_random_uuid(),
        'OWNER', 'update', CASE n WHEN 4 THEN 'DELETED' WHEN 2 THEN 'PROFILE_UPDATED' ELSE 'SESSION' END, '{full_name}',
        entry::text,
        sha256(uuid_send(entry))
    FROM trail;
    INSERT INTO audit_details (application_id, entry_id, salt, detail)
    SELECT application_id, entry, sha256(uuid_send(entry)), json_build_object('vendor_data', vendor_data,
        'new_value', repeat('x', 200))::text
    FROM trail;
    INSERT INTO user_transactions (application_id, transaction_id, user_id, revision, status, occurred_at, first_seen_at,
        last_seen_at, rule_actions)
    SELECT application_id, 't-' || entry, user_id, 1, 'APPROVED', now(), now(), now(), '{}' FROM trail WHERE n = 1;
    ALTER TABLE audit_entries ENABLE TRIGGER USER;
    ALTER TABLE events ENABLE TRIGGER USER;
    VACUUM ANALYZE;";

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Results of the measurement.
#[derive(Debug, Clone)]
pub struct Purged {
    /// Erased users.
    pub users: u64,
    /// Run time of the command.
    pub duration: Duration,
    /// Peak memory of the command in bytes.
    pub most_memory: u64,
    /// Latency of concurrent writes of active users.
    pub writes: Latency,
    /// Latency of concurrent writes of users that are about to be erased.
    pub rivals: Latency,
    /// Output of the command.
    pub answer: String,
}

/// A writer that runs until it is stopped; returns the duration of each write in microseconds.
struct Writer {
    stop: Arc<AtomicBool>,
    running: tokio::task::JoinHandle<Result<Vec<i64>, Error>>,
}

impl Writer {
    /// Updates the users of the query `users` one after the other, as a statement of the service does.
    fn start(url: &str, users: &'static str) -> Self {
        let (stop, url) = (Arc::new(AtomicBool::new(false)), url.to_owned());
        let stop_requested = Arc::clone(&stop);
        let running = spawn_blocking(move || {
            let mut connection = PgConnection::establish(&url)?;
            let ids: Vec<Id> = sql_query(users).load(&mut connection)?;
            let mut durations = Vec::new();
            for id in ids.iter().cycle() {
                if stop_requested.load(Ordering::Relaxed) {
                    break;
                }
                let began = Instant::now();
                sql_query("UPDATE users SET version = version + 1 WHERE id = $1::uuid")
                    .bind::<Text, _>(&id.id)
                    .execute(&mut connection)?;
                durations.push(i64::try_from(began.elapsed().as_micros())?);
            }
            Ok(durations)
        });
        Self { stop, running }
    }

    async fn end(self) -> Result<Latency, Error> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(Latency::of(self.running.await??))
    }
}

impl Purged {
    /// Creates `users` users whose retention has expired, and purges them while others write.
    ///
    /// # Errors
    /// If the set-up or the purge fails, or deleted users remain.
    pub async fn measure(program: &Path, users: usize) -> Result<Self, Error> {
        // One percent of the users stays active.
        let population = Population::new(users + users / 99, 2 * users)?;
        let mut stage = IngestStage::set_up(program, population, 1).await?;
        stage.stop_serving().await?;
        let url = stage.owner_url().to_owned();
        let owner_url = url.clone();
        spawn_blocking(move || {
            let mut connection = PgConnection::establish(&owner_url)?;
            let (steps, last) = AGE.rsplit_once("VACUUM").ok_or("no VACUUM step")?;
            connection.batch_execute(steps)?;
            connection.batch_execute(&format!("VACUUM{last}"))?;
            Ok::<_, Error>(())
        })
        .await??;
        let writes = Writer::start(
            &url,
            "SELECT id::text AS id FROM users WHERE deleted_at IS NULL LIMIT 500",
        );
        let rivals = Writer::start(
            &url,
            "SELECT id::text AS id FROM users WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id",
        );
        let mut command = stage.settings().command();
        command.arg("purge");
        let dir = stage.settings().log_dir();
        let output = dir.join("purge.out");
        let log = File::create(dir.join("purge.log"))?;
        let ended = watched(command, File::create(&output)?, log, LIMIT).await?;
        let (writes, rivals) = (writes.end().await?, rivals.end().await?);
        let answer = fs::read_to_string(output)?;
        if !ended.status.success() {
            return Err(
                format!("the purge failed: {answer} (logs: {})", stage.retain_logs()).into()
            );
        }
        let left = spawn_blocking(move || {
            let mut connection = PgConnection::establish(&url)?;
            let left: Number =
                sql_query("SELECT count(*) AS number FROM users WHERE deleted_at IS NOT NULL")
                    .get_result(&mut connection)?;
            let erased: Number =
                sql_query("SELECT coalesce(sum(users), 0)::bigint AS number FROM purge_runs")
                    .get_result(&mut connection)?;
            Ok::<_, Error>((left.number, u64::try_from(erased.number)?))
        });
        let (left, users) = left.await??;
        if left > 0 {
            return Err(format!("{left} deleted users remain").into());
        }
        Ok(Self {
            users,
            duration: ended.duration,
            most_memory: ended.most,
            writes,
            rivals,
            answer,
        })
    }
}
