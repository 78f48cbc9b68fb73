ALTER TABLE user_risk_events DROP COLUMN incomplete_digest;
ALTER TABLE user_transactions DROP COLUMN incomplete_digest;
ALTER TABLE user_sessions DROP COLUMN incomplete_digest;
