CREATE OR REPLACE FUNCTION finish_purge(run uuid) RETURNS SETOF purge_runs
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM purge_runs WHERE id = run AND finished_at IS NULL AND users = 0;
    UPDATE purge_runs SET finished_at = now() WHERE id = run AND finished_at IS NULL;
    RETURN QUERY SELECT * FROM purge_runs WHERE id = run;
END
$$;

DROP FUNCTION keep_no_statistics();

ALTER TABLE audit_details ALTER detail SET STATISTICS -1, ALTER salt SET STATISTICS -1;
ALTER TABLE audit_entries ALTER user_id SET STATISTICS -1, ALTER request_id SET STATISTICS -1;
ALTER TABLE events ALTER user_id SET STATISTICS -1, ALTER request_id SET STATISTICS -1, ALTER body SET STATISTICS -1;
ALTER TABLE changes ALTER user_id SET STATISTICS -1;
ALTER TABLE outbox ALTER user_id SET STATISTICS -1;
ALTER TABLE idempotency_claims ALTER name SET STATISTICS -1, ALTER fingerprint SET STATISTICS -1,
    ALTER user_id SET STATISTICS -1, ALTER answer SET STATISTICS -1;
ALTER TABLE tags ALTER name SET STATISTICS -1;
ALTER TABLE user_sessions ALTER session_id SET STATISTICS -1, ALTER user_id SET STATISTICS -1,
    ALTER features SET STATISTICS -1, ALTER full_name SET STATISTICS -1, ALTER date_of_birth SET STATISTICS -1,
    ALTER issuing_state SET STATISTICS -1, ALTER portrait_image_url SET STATISTICS -1, ALTER emails SET STATISTICS -1,
    ALTER phones SET STATISTICS -1, ALTER incomplete_digest SET STATISTICS -1;
ALTER TABLE user_transactions ALTER transaction_id SET STATISTICS -1, ALTER user_id SET STATISTICS -1,
    ALTER incomplete_digest SET STATISTICS -1;
ALTER TABLE user_risk_events ALTER event_id SET STATISTICS -1, ALTER user_id SET STATISTICS -1,
    ALTER detail SET STATISTICS -1, ALTER incomplete_digest SET STATISTICS -1;
