-- What was sent of the newest revision, as a digest of 32 bytes, where not all of it could be used; null where the row says
-- all of it. Repeats are recognised by it.

ALTER TABLE user_sessions ADD COLUMN incomplete_digest bytea;
ALTER TABLE user_transactions ADD COLUMN incomplete_digest bytea;
ALTER TABLE user_risk_events ADD COLUMN incomplete_digest bytea;
