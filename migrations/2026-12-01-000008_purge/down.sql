DROP FUNCTION purge_users(uuid, uuid, uuid[], bigint[], timestamptz), expired_deletions(uuid, uuid[], timestamptz),
    awaiting_delivery(uuid, uuid[], bigint[]), finish_purge(uuid), begin_purge(uuid);
DROP TABLE purge_runs;
DROP TRIGGER users_delete_responses ON users;
DROP FUNCTION delete_responses();
DROP TABLE idempotency_claims;
