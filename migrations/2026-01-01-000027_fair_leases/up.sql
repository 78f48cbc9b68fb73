-- What builds from this one on call instead of the function of four arguments, which stays until no older build runs.
-- Leases lanes with something due. Answers a row per lane, those that waited longest first; few bytes, as they stay locked
-- until all of them are on their way. None of an application in `except`, which has its share of the worker. A lane that is
-- the worker's already is leased again if it is not among those it holds, as the worker never heard of that lease; one it holds
-- is not, even where the lease has ended. `taken_over`: the lease before ended and nobody gave the lane back: what was under
-- way is sent again.
CREATE FUNCTION lease_due_lanes(worker uuid, held bigint[], except_applications uuid[], most_lanes bigint, lease_ms bigint)
RETURNS TABLE (lane bigint, epoch bigint, application_id uuid, destination_id uuid, url text, secrets bytea[],
    health text, leased_at timestamptz, taken_over boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    taken  bigint[];
    lapsed bigint[];
BEGIN
    WITH awake AS MATERIALIZED (
        SELECT l.lane, l.wake_at, l.lease_until <= now() AS lapsed FROM webhook_lanes l
        WHERE l.wake_at <= now() AND l.disabled_reason IS NULL
            AND (l.paused_until IS NULL OR l.paused_until <= now())
            AND l.application_id <> ALL(except_applications)
            AND CASE WHEN l.lease_owner = worker THEN l.lane <> ALL(held)
                ELSE l.lease_until IS NULL OR l.lease_until <= now() END
        ORDER BY l.wake_at, l.lane
        LIMIT most_lanes
        FOR NO KEY UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE webhook_lanes l SET lease_owner = worker, lease_until = now() + lease_ms * interval '1 millisecond',
            lease_epoch = l.lease_epoch + 1, leased_epoch = l.lease_epoch + 1
        FROM awake WHERE l.lane = awake.lane
        RETURNING l.lane, awake.wake_at, awake.lapsed
    )
    SELECT array_agg(leased.lane ORDER BY leased.wake_at, leased.lane),
        coalesce(array_agg(leased.lane) FILTER (WHERE leased.lapsed), '{}')
    INTO taken, lapsed FROM leased;
    IF taken IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT l.lane, l.lease_epoch, l.application_id, l.destination_id, d.url,
        ARRAY(
            SELECT s.sealed FROM webhook_secrets s
            WHERE s.application_id = l.application_id AND s.destination_id = l.destination_id
                AND (s.signs_until IS NULL OR s.signs_until > now())
            ORDER BY s.number DESC LIMIT 4),
        l.health::text, now(), l.lane = ANY(lapsed)
    FROM unnest(taken) WITH ORDINALITY t (lane, nth)
    JOIN webhook_lanes l ON l.lane = t.lane
    JOIN webhook_destinations d ON d.application_id = l.application_id AND d.id = l.destination_id
    ORDER BY t.nth;
END
$$;
