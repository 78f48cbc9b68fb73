DROP FUNCTION purge_users(uuid, uuid, uuid[], bigint[], timestamptz), deletions_over(uuid, uuid[], timestamptz),
    erase_users(uuid, uuid, uuid[], bigint[], timestamptz), awaiting_delivery(uuid, uuid[], bigint[]), finish_purge(uuid),
    begin_purge(uuid);
DROP TABLE purge_runs;
DROP TRIGGER users_forget_claims ON users;
DROP FUNCTION forget_claims();
DROP TABLE idempotency_claims;
