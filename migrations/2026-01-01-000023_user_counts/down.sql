-- Gives the changes that wait their positions, and makes their deliveries. `alone` is false where another session is at it.
CREATE OR REPLACE FUNCTION sequence_outbox(most bigint, OUT alone boolean, OUT positions bigint, OUT deliveries bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = on SET jit = off AS $$
DECLARE
    taken     bigint[];
    concerned uuid[];
    earliest  timestamptz;
    lanes     bigint[];
    due_lanes bigint[];
BEGIN
    positions := 0;
    deliveries := 0;
    alone := pg_try_advisory_xact_lock(x'7365717565'::bigint);
    IF NOT alone THEN
        RETURN;
    END IF;
    SELECT array_agg(seq), array_agg(DISTINCT application_id), min(event_recorded_at) INTO taken, concerned, earliest
    FROM (SELECT seq, application_id, event_recorded_at FROM outbox ORDER BY seq LIMIT most) o;
    IF taken IS NULL THEN
        RETURN;
    END IF;

    -- A destination that appears or is turned on after this statement is owed nothing of what was committed before. One that
    -- a client turned off is owed what happened before that.
    lanes := ARRAY(
        SELECT l.lane FROM webhook_lanes l
        WHERE l.application_id = ANY(concerned)
            AND (l.disabled_reason IS DISTINCT FROM 'client' OR l.disabled_at > earliest)
        ORDER BY l.lane
        FOR NO KEY UPDATE);

    PERFORM set_config('enable_sort', 'off', true);
    WITH gone AS (
        DELETE FROM outbox WHERE seq = ANY(taken) RETURNING *
    ), counted AS (
        SELECT application_id, count(*) AS number FROM gone GROUP BY application_id
    ), moved AS (
        INSERT INTO change_positions AS p (application_id, last)
        SELECT application_id, number FROM counted ORDER BY application_id
        ON CONFLICT (application_id) DO UPDATE SET last = p.last + excluded.last
        RETURNING p.application_id, p.last
    ), placed AS (
        INSERT INTO changes (application_id, position, user_id, version, kind)
        SELECT application_id, last - number + row_number() OVER (PARTITION BY application_id ORDER BY seq), user_id,
            version, webhook_type
        FROM gone JOIN counted USING (application_id) JOIN moved USING (application_id)
        RETURNING application_id
    ), listening AS MATERIALIZED (
        SELECT l.lane, l.application_id, d.ordering, d.subscribed_events,
            CASE WHEN l.disabled_reason = 'client' THEN l.disabled_at ELSE 'infinity' END AS owed_before
        FROM webhook_lanes l
        JOIN webhook_destinations d ON d.application_id = l.application_id AND d.id = l.destination_id
        WHERE l.lane = ANY(lanes)
    ), owed AS (
        SELECT l.lane, l.ordering, g.*, row_number() OVER (PARTITION BY l.lane, g.order_key ORDER BY g.seq) AS nth
        FROM gone g
        JOIN listening l ON l.application_id = g.application_id AND g.webhook_type = ANY(l.subscribed_events)
            AND g.event_recorded_at < l.owed_before
    ), queued AS (
        INSERT INTO webhook_deliveries (lane, place, order_key, due_at, event_recorded_at, application_id, event_id)
        SELECT lane, seq, order_key,
            CASE WHEN ordering = 'none' OR nth = 1 AND (
                SELECT w.order_key FROM webhook_deliveries w
                WHERE w.lane = owed.lane AND w.order_key BETWEEN owed.order_key AND owed.order_key
                ORDER BY w.order_key, w.place LIMIT 1) IS NULL
            THEN now() ELSE 'infinity' END,
            event_recorded_at, application_id, event_id
        FROM owed
        ORDER BY lane, seq
        RETURNING lane, due_at
    )
    SELECT (SELECT count(*) FROM placed), (SELECT count(*) FROM queued),
        ARRAY(SELECT DISTINCT lane FROM queued WHERE due_at < 'infinity')
    INTO positions, deliveries, due_lanes;

    UPDATE webhook_lanes SET wake_at = greatest(now(), paused_until)
    WHERE lane = ANY(due_lanes) AND wake_at > greatest(now(), paused_until);
END
$$;

DROP TABLE user_counts;
ALTER TABLE outbox DROP COLUMN status_before, DROP COLUMN status_after;
