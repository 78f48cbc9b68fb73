DROP FUNCTION settle_lane_timed(bigint, bigint, jsonb, boolean, jsonb, timestamptz, text, boolean);
ALTER TABLE webhook_lanes DROP COLUMN min_duration_ms, DROP COLUMN max_duration_ms;
ALTER TABLE audit_details DROP COLUMN shown;
