-- Entries about applications cannot be kept without the column that says so; the owner has to decide about them first.
ALTER TABLE audit_entries ALTER COLUMN user_id SET NOT NULL;

ALTER TABLE applications
    DROP CONSTRAINT applications_rate_limits_not_negative,
    DROP CONSTRAINT applications_retention_in_range,
    DROP COLUMN rate_limit_write_per_minute,
    DROP COLUMN rate_limit_get_per_minute,
    DROP COLUMN retention_days,
    DROP COLUMN auto_block_on_decline;

ALTER TABLE users
    ADD COLUMN verified_session_id text COLLATE "C",
    ADD COLUMN verified_at timestamptz,
    ADD CONSTRAINT users_verified_source_whole CHECK ((verified_session_id IS NULL) = (verified_at IS NULL)),
    DROP CONSTRAINT users_verified_sources_object,
    DROP COLUMN verified_sources;

DROP TABLE user_risk_events;
DROP TABLE user_transactions;
DROP TABLE user_sessions;
