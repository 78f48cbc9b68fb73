-- The earlier schema has no entries about applications: they go.
ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only;
ALTER TABLE audit_details DISABLE TRIGGER audit_details_append_only;
DELETE FROM audit_details d USING audit_entries e
WHERE e.user_id IS NULL AND d.application_id = e.application_id AND d.entry_id = e.id;
DELETE FROM audit_entries WHERE user_id IS NULL;
ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only;
ALTER TABLE audit_details ENABLE TRIGGER audit_details_append_only;
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
