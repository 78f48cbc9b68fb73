//! The rights of the runtime role: read and write rows, but never change the schema or history. Functions that act as
//! their owner create and drop daily partitions and erase users.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// The role of a connection.
pub(super) fn role_of(connection: &mut PgConnection) -> QueryResult<String> {
    diesel::select(sql::<Text>("current_user::text")).get_result(connection)
}

/// Grants the role the rights that serving requests needs, and revokes its other rights on tables.
pub(super) fn grant(owner: &mut PgConnection, role: &str) -> QueryResult<()> {
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    owner.batch_execute(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role};
         GRANT USAGE ON SCHEMA public TO {role};
         REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
         GRANT SELECT, INSERT, UPDATE ON applications, api_keys, users, user_search, user_sessions, user_transactions
            TO {role};
         GRANT SELECT, INSERT ON user_risk_events, tags, audit_entries, audit_details, events, webhook_attempts
            TO {role};
         GRANT SELECT, INSERT, UPDATE ON key_check, user_counts TO {role};
         GRANT SELECT, INSERT, DELETE ON outbox TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_claims TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_destinations, webhook_secrets, webhook_lanes,
            webhook_deliveries, webhook_dead_letters, webhook_recoveries TO {role};
         GRANT SELECT ON events_default, webhook_attempts_default TO {role};
         GRANT EXECUTE ON FUNCTION create_partition(integer), attach_default_partition(),
            copy_statistics_targets(), drop_partitions(timestamptz), begin_purge(uuid), finish_purge(uuid),
            purge_users(uuid, uuid, uuid[], bigint[], timestamptz) TO {role};
         GRANT SELECT ON purge_runs, event_retention TO {role};
         GRANT SELECT ON __diesel_schema_migrations TO {role};"
    ))
}
