//! Many users, made by the database itself.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use users_domain::model::ApplicationId;
use uuid::Uuid;

use crate::testing::TestDatabase;

/// The tenant with 20,000 users; there are others.
pub(super) const APPLICATION: ApplicationId = ApplicationId::new(Uuid::from_u128(1));

/// A user like most.
pub(super) const NAME: &str = "user-12345";

/// A database with users of several tenants, analysed.
pub(super) fn database() -> TestDatabase {
    let database = TestDatabase::migrated();
    let mut owner = PgConnection::establish(database.owner_url()).unwrap();
    for (tenant, users) in [(1, 20_000), (2, 2_000), (3, 2_000), (4, 10)] {
        owner.batch_execute(&users_of(tenant, users)).unwrap();
    }
    owner.batch_execute(SEARCH_AND_AUDIT).unwrap();
    owner.batch_execute(EVIDENCE).unwrap();
    owner.batch_execute(CLAIMS).unwrap();
    owner.batch_execute("VACUUM ANALYZE").unwrap();
    database
}

fn users_of(tenant: u32, users: u32) -> String {
    format!(
        "INSERT INTO users SELECT
            lpad({tenant}::text, 32, '0')::uuid, gen_random_uuid(), 'user-' || n,
            CASE n % 2000 WHEN 13 THEN 'BLOCKED' WHEN 14 THEN 'FLAGGED' ELSE 'ACTIVE' END,
            CASE WHEN n % 10 > 0 THEN 'Name ' || n END, CASE WHEN n % 10 > 0 THEN '1name ' || n ELSE '' END,
            CASE n WHEN 77 THEN 'Zygmunt Ωmega (-+-)' ELSE 'Some Body' END, NULL, ARRAY['user-' || n || '@example.org'], '{{}}',
            ARRAY[CASE n WHEN 77 THEN 'ZWE' ELSE 'ESP' END],
            NULL, NULL, NULL, '{{}}', '{{}}', '{{}}', NULL, NULL, 0, 0, 0, 0, '{{}}',
            NULL, CASE WHEN n % 2 > 0 THEN now() - n * interval '1 minute' END, now() - n * interval '7 minutes',
            CASE WHEN n % 5000 = 0 THEN jsonb_build_array(jsonb_build_object('name', 'vip', 'added_at', now()))
                ELSE '[]' END,
            json_build_object('number', n, 'plan', CASE n % 2 WHEN 0 THEN 'free' ELSE 'paid' END),
            now() - n * interval '11 minutes', now() - n * interval '5 minutes',
            CASE WHEN n % 100 = 0 THEN now() END, 1, 1
        FROM generate_series(1, {users}) n;
        INSERT INTO tags
            SELECT lpad({tenant}::text, 32, '0')::uuid, concat('vip', nullif(n, 0)), '', now(), now() FROM generate_series(0, 500) n;"
    )
}

const SEARCH_AND_AUDIT: &str = "
    INSERT INTO user_search
        SELECT application_id, user_id, body, ARRAY(
            SELECT DISTINCT substr(body, at, length)
            FROM generate_series(1, length(body)) at, (VALUES (1), (2)) lengths (length)) || declared_emails || digits, 3
        FROM (SELECT application_id, id AS user_id, declared_emails, digits,
            concat_ws(E'\\n', vendor_data, lower(display_name), lower(declared_full_name), digits) AS body
            FROM users, translate('4930' || lpad(substr(vendor_data, 6), 6, '0'), '0123456789', 'ABCDEFGHIJ') digits) bodies;
    INSERT INTO audit_entries
        SELECT application_id, gen_random_uuid(), id, updated_at + n * interval '1 second', 'system', NULL, NULL, 'update',
            (ARRAY['CREATED', 'PROFILE_UPDATED', 'READ_ONLY_REFUSED'])[n], '{}', 'request', sha256('')
        FROM users, generate_series(1, 3) n;
    INSERT INTO audit_details SELECT application_id, id, sha256(''), '{}' FROM audit_entries;";

/// Two sessions, two transactions and a risk event of each user.
const EVIDENCE: &str = "
    INSERT INTO user_sessions
        SELECT application_id, concat_ws(' of ', n, vendor_data), id, 1, 'In Review', now(), now(), now(), '{}',
            NULL, NULL, NULL, NULL, '{}', '{}'
        FROM users, generate_series(1, 2) n;
    INSERT INTO user_transactions
        SELECT application_id, concat_ws(' of ', n, vendor_data), id, 1, 'IN_REVIEW', now(), now(), now(), '{}'
        FROM users, generate_series(1, 2) n;
    INSERT INTO user_risk_events SELECT application_id, vendor_data, id, 'ongoing_aml', NULL FROM users;";

/// A kept answer of each user; one of a hundred is over.
const CLAIMS: &str = "
    INSERT INTO idempotency_claims
        SELECT application_id, sha256(vendor_data::bytea), sha256('call'), id, NULL, '{}',
            now() + (CASE WHEN row_number() OVER () % 100 = 0 THEN '-1 hour' ELSE '1 hour' END)::interval
        FROM users WHERE deleted_at IS NULL;";
