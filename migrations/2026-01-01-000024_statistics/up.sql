-- ANALYZE keeps values of columns in the planner's statistics: the commonest ones, and some hundred others. Of somebody who
-- was erased nothing may stay there.

-- Where plans need none (docs/adr/0024), none are kept: of what is personal, and of what a user is found by.
-- Those that a database has from before stay until a superuser removes them from pg_statistic.
ALTER TABLE audit_details ALTER detail SET STATISTICS 0, ALTER salt SET STATISTICS 0;
ALTER TABLE audit_entries ALTER user_id SET STATISTICS 0, ALTER request_id SET STATISTICS 0;
ALTER TABLE events ALTER user_id SET STATISTICS 0, ALTER request_id SET STATISTICS 0, ALTER body SET STATISTICS 0;
ALTER TABLE changes ALTER user_id SET STATISTICS 0;
ALTER TABLE outbox ALTER user_id SET STATISTICS 0;
ALTER TABLE idempotency_claims ALTER name SET STATISTICS 0, ALTER fingerprint SET STATISTICS 0,
    ALTER user_id SET STATISTICS 0, ALTER answer SET STATISTICS 0;
ALTER TABLE tags ALTER name SET STATISTICS 0;
ALTER TABLE user_sessions ALTER session_id SET STATISTICS 0, ALTER user_id SET STATISTICS 0,
    ALTER features SET STATISTICS 0, ALTER full_name SET STATISTICS 0, ALTER date_of_birth SET STATISTICS 0,
    ALTER issuing_state SET STATISTICS 0, ALTER portrait_image_url SET STATISTICS 0, ALTER emails SET STATISTICS 0,
    ALTER phones SET STATISTICS 0, ALTER incomplete_digest SET STATISTICS 0;
ALTER TABLE user_transactions ALTER transaction_id SET STATISTICS 0, ALTER user_id SET STATISTICS 0,
    ALTER incomplete_digest SET STATISTICS 0;
ALTER TABLE user_risk_events ALTER event_id SET STATISTICS 0, ALTER user_id SET STATISTICS 0,
    ALTER detail SET STATISTICS 0, ALTER incomplete_digest SET STATISTICS 0;

-- Days are made without it: to be called once they are made.
CREATE FUNCTION keep_no_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    day record;
BEGIN
    PERFORM set_config('lock_timeout', '50ms', true);
    FOR day IN
        SELECT inhrelid::regclass AS name, of_day.attname AS "column" FROM pg_inherits
        JOIN pg_partitioned_table ON partrelid = inhparent
        JOIN pg_attribute of_all ON of_all.attrelid = inhparent AND of_all.attstattarget = 0
        JOIN pg_attribute of_day ON of_day.attrelid = inhrelid AND of_day.attname = of_all.attname
        WHERE of_day.attstattarget IS DISTINCT FROM 0
        ORDER BY inhrelid
    LOOP
        BEGIN
            EXECUTE format('ALTER TABLE %s ALTER %I SET STATISTICS 0', day.name, day."column");
        EXCEPTION WHEN lock_not_available THEN
            -- It is being vacuumed: the next call does it.
            NULL;
        END;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION keep_no_statistics() FROM PUBLIC;

-- Ends a run. One that erased nobody leaves no receipt. Filters of lists need statistics of users and of what they are
-- searched in, so those are made anew, of the users there are, before the receipt says that it is finished.
CREATE OR REPLACE FUNCTION finish_purge(run uuid) RETURNS SETOF purge_runs
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM purge_runs WHERE id = run AND finished_at IS NULL AND users = 0;
    IF EXISTS (SELECT FROM purge_runs WHERE id = run AND finished_at IS NULL) THEN
        ANALYZE users, user_search;
    END IF;
    UPDATE purge_runs SET finished_at = now() WHERE id = run AND finished_at IS NULL;
    RETURN QUERY SELECT * FROM purge_runs WHERE id = run;
END
$$;
