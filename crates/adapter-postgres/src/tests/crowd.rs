//! Databases of several shapes, in which every statement must read few rows.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use crate::pool::PLANNING;
use crate::testing::TestDatabase;

/// The planner's statistics when plans are created, and the distribution of the users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// No statistics: plans are created and cached on nearly empty tables that were never analysed; then users are
    /// added.
    Fresh,
    /// Statistics of a few users: plans are created and cached then.
    Begun,
    /// One application with most of the users, and many with few: 118 on average, as with one of 500,000 users and
    /// 5,000 of 20 users.
    OneLarge,
    /// Applications of a hundred users each.
    ManySmall,
}

impl Shape {
    pub(super) const ALL: [Self; 4] = [Self::Fresh, Self::Begun, Self::OneLarge, Self::ManySmall];

    /// A database with the rows that exist when plans are created.
    pub(super) fn database(self) -> TestDatabase {
        let database = TestDatabase::migrated();
        let mut owner = PgConnection::establish(database.owner_url()).unwrap();
        owner.batch_execute(NO_AUTOVACUUM).unwrap();
        match self {
            Self::Fresh => seed(&mut owner, 1..=1, 1..=FEW),
            Self::Begun => {
                seed(&mut owner, 1..=1, 1..=FEW);
                owner.batch_execute("VACUUM ANALYZE").unwrap();
            }
            Self::OneLarge => {
                seed(&mut owner, 1..=1, 1..=6_000);
                seed(&mut owner, 2..=61, 1..=20);
                owner.batch_execute("VACUUM ANALYZE").unwrap();
            }
            Self::ManySmall => {
                seed(&mut owner, 1..=60, 1..=100);
                owner.batch_execute("VACUUM ANALYZE").unwrap();
            }
        }
        database
    }

    /// Whether the planner has current statistics.
    pub(super) fn is_analysed(self) -> bool {
        matches!(self, Self::OneLarge | Self::ManySmall)
    }

    /// Adds the users that come after plans are created.
    pub(super) fn grow(self, database: &TestDatabase) {
        if !self.is_analysed() {
            let mut owner = PgConnection::establish(database.owner_url()).unwrap();
            seed(&mut owner, 1..=1, FEW + 1..=6_000);
        }
    }
}

/// A session of the service.
pub(super) fn session(database: &TestDatabase) -> PgConnection {
    let mut session = PgConnection::establish(database.runtime_url()).unwrap();
    session.batch_execute(PLANNING).unwrap();
    session
}

const FEW: u32 = 30;

const NO_AUTOVACUUM: &str = "DO $$ DECLARE of_all regclass; BEGIN
    FOR of_all IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', of_all);
    END LOOP;
END $$";

/// Inserts users with these numbers in each of these applications, with their dependent rows. User 12 has more comments
/// than responses show; user 7 and every hundredth user of each application are deleted.
fn seed(
    owner: &mut PgConnection,
    applications: std::ops::RangeInclusive<u32>,
    numbers: std::ops::RangeInclusive<u32>,
) {
    let (first, last) = applications.into_inner();
    let (from, to) = numbers.into_inner();
    owner
        .batch_execute(&format!(
            "CREATE TEMPORARY TABLE made AS
                SELECT lpad(to_hex(a), 32, '0')::uuid AS application_id,
                    (lpad(to_hex(a), 8, '0') || '00007000' || lpad(to_hex(n), 16, '0'))::uuid AS id, n, 'user-' || n AS name
                FROM generate_series({first}, {last}) a, generate_series({from}, {to}) n;
             INSERT INTO applications (id, name, environment, verified_fields, created_at)
                SELECT DISTINCT application_id, 'one of many', 'live', 'read_only', now() FROM made ON CONFLICT DO NOTHING;
             INSERT INTO api_keys (application_id, id, kind, role, name, digest, prefix, created_at)
                SELECT application_id, id, 'role', 'OWNER', name, sha256(id::text::bytea), 'sk', now() FROM made;
             {ROWS}
             DROP TABLE made"
        ))
        .unwrap();
}

const ROWS: &str = "
    INSERT INTO users (application_id, id, vendor_data, status, display_name, display_sort, declared_emails, declared_phones,
        declared_issuing_states, verified_emails, verified_phones, verified_issuing_states, session_count, approved_count,
        declined_count, in_review_count, features, last_session_at, last_activity_at, tags, metadata, created_at,
        updated_at, deleted_at, version, sequence)
    SELECT application_id, id, name, CASE n % 1000 WHEN 13 THEN 'BLOCKED' WHEN 14 THEN 'FLAGGED' ELSE 'ACTIVE' END,
        'Name ' || n, '1name ' || n, ARRAY[name || '@example.org'], '{}', '{ESP}', '{}', '{}', '{}', 2, 0, 0, 2, '{}',
        CASE WHEN n % 2 > 0 THEN now() - n * interval '1 minute' END, now() - n * interval '7 minutes',
        '[{\"name\": \"vip\", \"added_by\": null, \"added_at\": \"2026-01-01T00:00:00Z\"}]', '{\"plan\": \"free\"}',
        now() - n * interval '11 minutes', now() - n * interval '5 minutes',
        CASE WHEN n = 7 OR n % 100 = 0 THEN now() END, 2, 2
    FROM made;
    INSERT INTO tags SELECT DISTINCT application_id, concat('vip', nullif(t, 0)), '', now(), now()
    FROM made, generate_series(0, 300) t ON CONFLICT DO NOTHING;
    INSERT INTO user_search (application_id, user_id, body, short_grams, norm_version)
    SELECT application_id, id, name || E'\\n' || 'name ' || n, ARRAY['us', 'se', 'na'], 1 FROM made;
    INSERT INTO audit_entries
    SELECT application_id, gen_random_uuid(), id, now() - e * interval '1 second', 'system', NULL, NULL, 'update',
        (ARRAY['PROFILE_UPDATED', 'SESSION', 'STATUS_CHANGED'])[1 + e % 3], '{}', 'request-' || n, sha256('')
    FROM made, generate_series(1, CASE n WHEN 12 THEN 90 ELSE 3 END) e;
    INSERT INTO audit_details
    SELECT application_id, e.id, sha256(''), '{}' FROM audit_entries e JOIN made m USING (application_id)
    WHERE e.user_id = m.id;
    INSERT INTO user_sessions (application_id, session_id, user_id, revision, status, occurred_at, first_seen_at, last_seen_at,
        features, emails, phones)
    SELECT application_id, s || ' of ' || name, id, 1, 'In Review', now(), now(), now(), '{}', '{}', '{}'
    FROM made, generate_series(1, 2) s;
    INSERT INTO user_transactions
    SELECT application_id, t || ' of ' || name, id, 1, 'IN_REVIEW', now(), now(), now(), '{}'
    FROM made, generate_series(1, 2) t;
    INSERT INTO user_risk_events SELECT application_id, 'risk of ' || name, id, 'ongoing_aml', NULL FROM made;
    INSERT INTO idempotency_claims
    SELECT application_id, sha256(id::text::bytea), sha256('call'), id, NULL, '{}', now() + interval '1 hour' FROM made;";
