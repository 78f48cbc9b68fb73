-- The steps of delivery. Each locks first and reads in statements after that: a statement that waited for a lock and then
-- reads elsewhere still reads as of before the wait, and a follower or a wake-up that came meanwhile would be lost. Each is
-- one call and so one transaction: a client that is stopped or cut off holds no lock (docs/adr/0008).
--
-- Rows of these tables come and go by the thousand, so what the planner knows of them is always old, and a plan may have been
-- made when there were none. Nothing may hang on that: a row is looked for BETWEEN its key AND its key, in the order of the one
-- index that has it, with other ways switched off, and is then changed by its `ctid`. It stays where it is, because the lane
-- is locked. Asked for by equality, it may be searched along another index that begins with the lane.

-- Gives the changes that wait their positions, and makes their deliveries. `alone` is false where another session is at it.
CREATE FUNCTION sequence_outbox(most bigint, OUT alone boolean, OUT positions bigint, OUT deliveries bigint)
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

-- The first due deliveries of a lane but those at some places, with their events; an event may be gone. Ends before its
-- bodies are more than a mebibyte, but not before the first one.
CREATE FUNCTION due_deliveries(of_lane bigint, except_places bigint[], most bigint)
RETURNS TABLE (place bigint, attempts_made integer, recorded_at timestamptz, event_id uuid, webhook_type text, body text,
    timestamp_offset integer)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    bytes bigint := 0;
BEGIN
    FOR place, attempts_made, recorded_at, event_id, webhook_type, body, timestamp_offset IN
        SELECT w.place, w.attempts_made::integer, w.event_recorded_at, w.event_id, e.webhook_type, e.body,
            e.timestamp_offset
        FROM (
            SELECT * FROM webhook_deliveries
            WHERE lane = of_lane AND due_at <= now() AND place <> ALL(except_places)
            ORDER BY due_at, place LIMIT most
        ) w
        LEFT JOIN LATERAL (
            -- Every day begins with a partition that was empty when plans were made.
            SELECT * FROM events e
            WHERE e.application_id = w.application_id AND e.recorded_at = w.event_recorded_at
                AND e.id BETWEEN w.event_id AND w.event_id
            ORDER BY e.id LIMIT 1
        ) e ON true
        ORDER BY w.due_at, w.place
    LOOP
        bytes := bytes + coalesce(octet_length(body), 0);
        EXIT WHEN bytes > 1048576 AND bytes > octet_length(body);
        RETURN NEXT;
    END LOOP;
END
$$;

-- Those of several lanes, by lane. Locks nothing: bodies are long, and who reads them may be slow.
CREATE FUNCTION due_of_lanes(of_lanes bigint[], most bigint)
RETURNS TABLE (lane bigint, place bigint, attempts_made integer, recorded_at timestamptz, event_id uuid, webhook_type text,
    body text, timestamp_offset integer)
LANGUAGE sql AS $$
    SELECT l.lane, w.* FROM unnest(of_lanes) l (lane) CROSS JOIN LATERAL due_deliveries(l.lane, '{}', most) w
$$;

-- Leases lanes with something due. Answers a row per lane, those that waited longest first; few bytes, as they stay locked
-- until all of them are on their way.
CREATE FUNCTION lease_lanes(worker uuid, most_lanes bigint, lease_ms bigint)
RETURNS TABLE (lane bigint, epoch bigint, application_id uuid, destination_id uuid, url text, secrets bytea[],
    health text, leased_at timestamptz)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    taken bigint[];
BEGIN
    WITH awake AS MATERIALIZED (
        SELECT l.lane, l.wake_at FROM webhook_lanes l
        WHERE l.wake_at <= now() AND l.disabled_reason IS NULL
            AND (l.paused_until IS NULL OR l.paused_until <= now())
            AND (l.lease_until IS NULL OR l.lease_until <= now())
        ORDER BY l.wake_at, l.lane
        LIMIT most_lanes
        FOR NO KEY UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE webhook_lanes l SET lease_owner = worker, lease_until = now() + lease_ms * interval '1 millisecond',
            lease_epoch = l.lease_epoch + 1, leased_epoch = l.lease_epoch + 1
        FROM awake WHERE l.lane = awake.lane
        RETURNING l.lane, awake.wake_at
    )
    SELECT array_agg(leased.lane ORDER BY leased.wake_at, leased.lane) INTO taken FROM leased;
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
        l.health::text, now()
    FROM unnest(taken) WITH ORDINALITY t (lane, nth)
    JOIN webhook_lanes l ON l.lane = t.lane
    JOIN webhook_destinations d ON d.application_id = l.application_id AND d.id = l.destination_id
    ORDER BY t.nth;
END
$$;

-- Makes due what comes next after settled deliveries with these keys. The lane is locked by then.
CREATE FUNCTION unpark(of_lane bigint, keys bigint[], OUT unparked bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    UPDATE webhook_deliveries w SET due_at = clock_timestamp()
    FROM (SELECT DISTINCT order_key FROM unnest(keys) k (order_key)) k
    CROSS JOIN LATERAL (
        SELECT n.ctid, n.due_at FROM webhook_deliveries n
        WHERE n.lane = of_lane AND n.order_key BETWEEN k.order_key AND k.order_key
        ORDER BY n.order_key, n.place LIMIT 1
    ) next
    WHERE next.due_at = 'infinity' AND w.ctid = next.ctid;
    GET DIAGNOSTICS unparked = ROW_COUNT;
END
$$;

-- Writes down what a worker did with a lane. `tried` is an array of attempts: {"nth", "id", "place", "event_id",
-- "recorded_at", "webhook_type", "number", "status_code", "error", "duration_ms", "outcome", "retry_ms"}.
CREATE FUNCTION settle_lane(of_lane bigint, of_epoch bigint, tried jsonb, only_delivered boolean, new_health jsonb,
    not_before timestamptz, disable text, release boolean,
    OUT still_owner boolean, OUT settled_before bigint, OUT unparked bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    held     webhook_lanes;
    moment   timestamptz;
    in_force boolean;
    frees    boolean;
    keys     bigint[] := '{}';
    missed   bigint[];
    next_due timestamptz;
    step     record;
    logged   bigint := 0;
    failed   bigint := 0;
    spent    bigint := 0;
BEGIN
    still_owner := false;
    settled_before := 0;
    unparked := 0;
    SELECT * INTO held FROM webhook_lanes WHERE lane = of_lane FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        -- Removed, and its deliveries with it.
        RETURN;
    END IF;
    moment := clock_timestamp();
    -- An end of the lease that nobody took advantage of takes nothing away from what its owner says about the lane.
    in_force := held.lease_epoch = of_epoch AND held.lease_until IS NOT NULL;
    still_owner := in_force AND held.lease_until > moment;
    -- Whoever has the lease gives it back, also where a client changed the destination meanwhile: nobody else may until it
    -- ends. Not before the worker says so: attempts may be under way.
    frees := release AND held.leased_epoch = of_epoch AND held.lease_until IS NOT NULL;

    IF only_delivered AND disable IS NULL THEN
        -- What a crash takes back is sent again, and that is all.
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;

    IF NOT only_delivered THEN
        -- Only where nobody settled the attempt before: the count of attempts only ever grows.
        WITH told AS MATERIALIZED (
            SELECT * FROM jsonb_to_recordset(tried) AS r (
                nth integer, id uuid, place bigint, event_id uuid, recorded_at timestamptz, webhook_type text,
                number smallint, status_code smallint, error text, duration_ms integer, outcome text, retry_ms bigint)
            WHERE outcome <> 'delivered'
        ), first AS MATERIALIZED (
            SELECT t.*, w.ctid AS row FROM told t CROSS JOIN LATERAL (
                SELECT w.ctid, w.attempts_made FROM webhook_deliveries w
                WHERE w.lane = of_lane AND w.place BETWEEN t.place AND t.place ORDER BY w.place LIMIT 1
            ) w
            WHERE w.attempts_made = t.number - 1
        ), again AS (
            UPDATE webhook_deliveries w
            SET attempts_made = f.number, due_at = moment + f.retry_ms * interval '1 millisecond'
            FROM first f WHERE w.ctid = f.row AND f.outcome = 'failed'
            RETURNING f.id, w.due_at AS next_attempt_at
        ), aside AS (
            DELETE FROM webhook_deliveries w USING first f WHERE w.ctid = f.row AND f.outcome = 'dead_lettered'
            RETURNING f.id, f.number, w.place, w.order_key, w.event_id, w.event_recorded_at
        ), dead AS (
            INSERT INTO webhook_dead_letters (application_id, destination_id, place, order_key, event_id,
                event_recorded_at, attempts_made, dead_at)
            SELECT held.application_id, held.destination_id, place, order_key, event_id, event_recorded_at, number, moment
            FROM aside
            ON CONFLICT (application_id, destination_id, place) DO NOTHING
        ), settled AS (
            SELECT id, next_attempt_at FROM again UNION ALL SELECT id, NULL FROM aside
        ), noted AS (
            INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id, event_recorded_at,
                next_attempt_at, duration_ms, number, status_code, webhook_type, trigger, outcome, error)
            SELECT held.application_id, held.destination_id, t.id, moment + t.nth * interval '1 microsecond', t.event_id,
                t.recorded_at, s.next_attempt_at, t.duration_ms, t.number, t.status_code, t.webhook_type, 'schedule',
                t.outcome, t.error
            FROM told t JOIN settled s ON s.id = t.id
            ORDER BY t.nth
            RETURNING duration_ms
        )
        SELECT count(*) AS number, coalesce(sum(duration_ms), 0) AS spent, (SELECT count(*) FROM told) AS told,
            ARRAY(SELECT order_key FROM aside) AS keys
        INTO step FROM noted;
        logged := step.number;
        failed := step.number;
        spent := step.spent;
        settled_before := step.told - step.number;
        keys := step.keys;
    END IF;

    -- The receiver has them, whoever else thinks what.
    WITH told AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(tried) AS r (
            nth integer, id uuid, place bigint, event_id uuid, recorded_at timestamptz, webhook_type text,
            number smallint, status_code smallint, duration_ms integer, outcome text)
        WHERE outcome = 'delivered'
    ), there AS MATERIALIZED (
        SELECT t.number, w.ctid AS row FROM told t CROSS JOIN LATERAL (
            SELECT w.ctid FROM webhook_deliveries w
            WHERE w.lane = of_lane AND w.place BETWEEN t.place AND t.place ORDER BY w.place LIMIT 1
        ) w
    ), done AS (
        DELETE FROM webhook_deliveries w USING there t WHERE w.ctid = t.row
        RETURNING w.place, w.order_key, w.attempts_made = t.number - 1 AS is_first
    ), noted AS (
        INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id, event_recorded_at,
            duration_ms, number, status_code, webhook_type, trigger, outcome)
        SELECT held.application_id, held.destination_id, id, moment + nth * interval '1 microsecond', event_id, recorded_at,
            duration_ms, number, status_code, webhook_type, 'schedule', outcome
        FROM told
        WHERE place = ANY(ARRAY(SELECT place FROM done))
        ORDER BY nth
        RETURNING duration_ms
    )
    SELECT count(*) AS number, coalesce(sum(duration_ms), 0) AS spent,
        (SELECT count(*) FROM done WHERE is_first) AS first, ARRAY(SELECT order_key FROM done) AS keys,
        ARRAY(SELECT place FROM told EXCEPT SELECT place FROM done) AS missed
    INTO step FROM noted;
    logged := logged + step.number;
    spent := spent + step.spent;
    settled_before := settled_before + step.number - step.first;
    keys := keys || step.keys;
    missed := step.missed;
    IF missed <> '{}' THEN
        DELETE FROM webhook_dead_letters
        WHERE application_id = held.application_id AND destination_id = held.destination_id AND place = ANY(missed);
        -- Somebody else settled them, or the same worker did and was not answered: then they are in the log.
        WITH noted AS (
            INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id, event_recorded_at,
                duration_ms, number, status_code, webhook_type, trigger, outcome)
            SELECT held.application_id, held.destination_id, id, moment + nth * interval '1 microsecond', event_id,
                recorded_at, duration_ms, number, status_code, webhook_type, 'schedule', outcome
            FROM jsonb_to_recordset(tried) AS r (
                nth integer, id uuid, place bigint, event_id uuid, recorded_at timestamptz, webhook_type text,
                number smallint, status_code smallint, duration_ms integer, outcome text)
            WHERE outcome = 'delivered' AND place = ANY(missed) AND (
                SELECT a.id FROM webhook_attempts a
                WHERE a.application_id = held.application_id AND a.id BETWEEN r.id AND r.id
                ORDER BY a.id LIMIT 1) IS NULL
            ORDER BY nth
            RETURNING duration_ms
        )
        SELECT count(*) AS number, coalesce(sum(duration_ms), 0) AS spent INTO step FROM noted;
        logged := logged + step.number;
        spent := spent + step.spent;
        settled_before := settled_before + step.number;
    END IF;
    IF keys <> '{}' THEN
        unparked := (SELECT u.unparked FROM unpark(of_lane, keys) u);
    END IF;

    IF frees THEN
        SELECT due_at INTO next_due FROM webhook_deliveries WHERE lane = of_lane ORDER BY due_at, place LIMIT 1;
    END IF;
    UPDATE webhook_lanes SET
        attempts = attempts + logged,
        failures = failures + failed,
        total_duration_ms = total_duration_ms + spent,
        last_attempt_at = CASE WHEN logged > 0 THEN moment ELSE last_attempt_at END,
        health = CASE WHEN in_force THEN new_health ELSE health END,
        paused_until = CASE WHEN in_force THEN not_before ELSE paused_until END,
        disabled_reason = CASE WHEN in_force THEN coalesce(disabled_reason, disable) ELSE disabled_reason END,
        disabled_at = CASE WHEN in_force AND disable IS NOT NULL THEN coalesce(disabled_at, moment) ELSE disabled_at END,
        lease_owner = CASE WHEN frees THEN NULL ELSE lease_owner END,
        lease_until = CASE WHEN frees THEN NULL ELSE lease_until END,
        wake_at = CASE
            -- Not before now, however long the next one has been due: lanes take turns.
            WHEN frees THEN greatest(coalesce(next_due, 'infinity'),
                CASE WHEN in_force THEN not_before ELSE paused_until END, moment)
            WHEN unparked > 0 THEN least(wake_at, greatest(moment, paused_until))
            ELSE wake_at
        END
    WHERE lane = of_lane;
END
$$;

-- Removes what waits of events stored before this time, at most so many deliveries of one lane, or dead letters. Answers how
-- many; NULL: there was nothing left. Reads both tables from their beginnings: an index by age would cost every delivery, and
-- this is asked for once a day or so.
CREATE FUNCTION sweep_waiting(before timestamptz, most bigint, OUT removed bigint)
LANGUAGE plpgsql AS $$
DECLARE
    of_lane bigint;
    keys    bigint[];
    letters tid[];
BEGIN
    SELECT lane INTO of_lane FROM webhook_deliveries WHERE event_recorded_at < before LIMIT 1;
    IF FOUND THEN
        PERFORM FROM webhook_lanes WHERE lane = of_lane FOR NO KEY UPDATE;
        WITH gone AS (
            DELETE FROM webhook_deliveries WHERE lane = of_lane AND place = ANY(ARRAY(
                SELECT place FROM webhook_deliveries WHERE lane = of_lane AND event_recorded_at < before
                ORDER BY place LIMIT most))
            RETURNING order_key
        )
        SELECT count(*), array_agg(DISTINCT order_key) INTO removed, keys FROM gone;
        IF (SELECT unparked FROM unpark(of_lane, keys)) > 0 THEN
            UPDATE webhook_lanes SET wake_at = least(wake_at, greatest(clock_timestamp(), paused_until))
            WHERE lane = of_lane;
        END IF;
        RETURN;
    END IF;
    letters := ARRAY(SELECT ctid FROM webhook_dead_letters WHERE event_recorded_at < before LIMIT most);
    IF letters <> '{}' THEN
        -- Whoever takes one up meanwhile leaves it out here.
        DELETE FROM webhook_dead_letters WHERE ctid = ANY(letters) AND event_recorded_at < before;
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;
END
$$;
