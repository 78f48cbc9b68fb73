-- The steps of delivery. Each function locks first and reads in later statements: a statement that waits for a lock and
-- then reads another table still uses the snapshot from before the wait, and would miss a delivery or wake-up that was
-- added meanwhile. Each step is one call and therefore one transaction: a client that stops or disconnects holds no
-- lock (docs/adr/0008).
--
-- Rows of these tables change by the thousand, so the planner's statistics are always outdated, and a cached plan may
-- have been created for an empty table. Plans must not depend on them: a row is looked up BETWEEN its key AND its key,
-- in the order of the one suitable index, with other plan types disabled, and is then changed by its `ctid`, which is
-- stable because the lane is locked. With an equality condition, the planner might choose another index that begins
-- with the lane.

-- Creates the deliveries of the pending changes in the order of their numbers, and updates the user counts.
-- `alone` is false while another session does the same work.
CREATE FUNCTION sequence_outbox(most bigint, OUT alone boolean, OUT changes bigint, OUT deliveries bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = on SET jit = off AS $$
DECLARE
    taken     bigint[];
    concerned uuid[];
    earliest  timestamptz;
    lanes     bigint[];
    due_lanes bigint[];
BEGIN
    changes := 0;
    deliveries := 0;
    alone := pg_try_advisory_xact_lock(x'7365717565'::bigint);
    IF NOT alone THEN
        RETURN;
    END IF;
    SELECT array_agg(queue_seq), array_agg(DISTINCT application_id), min(event_recorded_at) INTO taken, concerned, earliest
    FROM (SELECT queue_seq, application_id, event_recorded_at FROM outbox ORDER BY queue_seq LIMIT most) o;
    IF taken IS NULL THEN
        RETURN;
    END IF;

    -- A destination that is added or enabled after this statement gets no event committed before. A destination that a
    -- client disabled gets the events from before that.
    lanes := ARRAY(
        SELECT l.lane FROM webhook_lanes l
        WHERE l.application_id = ANY(concerned)
            AND (l.disabled_reason IS DISTINCT FROM 'client' OR l.disabled_at > earliest)
        ORDER BY l.lane
        FOR NO KEY UPDATE);

    PERFORM set_config('enable_sort', 'off', true);
    WITH gone AS (
        DELETE FROM outbox WHERE queue_seq = ANY(taken) RETURNING *
    ), moved_users AS (
        SELECT application_id, status, sum(step) AS users FROM (
            SELECT application_id, status_before AS status, -1 AS step FROM gone WHERE status_before IS NOT NULL
            UNION ALL
            SELECT application_id, status_after, 1 FROM gone WHERE status_after IS NOT NULL
        ) s GROUP BY application_id, status HAVING sum(step) <> 0
    ), recounted AS (
        -- No other session writes counts meanwhile: repairing them takes the same lock. Counts never go below zero, so
        -- that a wrong count does not block deliveries.
        INSERT INTO user_counts (application_id, status, users)
        SELECT application_id, status, greatest(0, m.users + coalesce((
            SELECT c.users FROM user_counts c WHERE c.application_id = m.application_id AND c.status = m.status), 0))
        FROM moved_users m ORDER BY application_id, status
        ON CONFLICT (application_id, status) DO UPDATE SET users = excluded.users
    ), listening AS MATERIALIZED (
        SELECT l.lane, l.application_id, d.ordering, d.subscribed_events,
            CASE WHEN l.disabled_reason = 'client' THEN l.disabled_at ELSE 'infinity' END AS owed_before
        FROM webhook_lanes l
        JOIN webhook_destinations d ON d.application_id = l.application_id AND d.id = l.destination_id
        WHERE l.lane = ANY(lanes)
    ), owed AS (
        SELECT l.lane, l.ordering, g.*, row_number() OVER (PARTITION BY l.lane, g.order_key ORDER BY g.queue_seq) AS nth
        FROM gone g
        JOIN listening l ON l.application_id = g.application_id AND g.webhook_type = ANY(l.subscribed_events)
            AND g.event_recorded_at < l.owed_before
    ), queued AS (
        INSERT INTO webhook_deliveries (lane, queue_seq, order_key, due_at, event_recorded_at, application_id, event_id)
        SELECT lane, queue_seq, order_key,
            CASE WHEN ordering = 'none' OR nth = 1 AND (
                SELECT w.order_key FROM webhook_deliveries w
                WHERE w.lane = owed.lane AND w.order_key BETWEEN owed.order_key AND owed.order_key
                ORDER BY w.order_key, w.queue_seq LIMIT 1) IS NULL
            THEN now() ELSE 'infinity' END,
            event_recorded_at, application_id, event_id
        FROM owed
        ORDER BY lane, queue_seq
        RETURNING lane, due_at
    )
    SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM queued),
        ARRAY(SELECT DISTINCT lane FROM queued WHERE due_at < 'infinity')
    INTO changes, deliveries, due_lanes;

    UPDATE webhook_lanes SET wake_at = greatest(now(), paused_until)
    WHERE lane = ANY(due_lanes) AND wake_at > greatest(now(), paused_until);
END
$$;

-- The first due deliveries of a lane, except those with the given numbers, with their events; the event columns are NULL
-- if the event no longer exists. Returns at least one, and stops before the bodies exceed one mebibyte.
CREATE FUNCTION due_deliveries(of_lane bigint, except_queue_seqs bigint[], most bigint)
RETURNS TABLE (queue_seq bigint, attempts_made integer, recorded_at timestamptz, event_id uuid, webhook_type text, body text,
    timestamp_offset integer)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    bytes bigint := 0;
BEGIN
    FOR queue_seq, attempts_made, recorded_at, event_id, webhook_type, body, timestamp_offset IN
        SELECT w.queue_seq, w.attempts_made::integer, w.event_recorded_at, w.event_id, e.webhook_type, e.body,
            e.timestamp_offset
        FROM (
            SELECT * FROM webhook_deliveries
            WHERE lane = of_lane AND due_at <= now() AND queue_seq <> ALL(except_queue_seqs)
            ORDER BY due_at, queue_seq LIMIT most
        ) w
        LEFT JOIN LATERAL (
            -- A cached plan may have been created when the day's partition was empty.
            SELECT * FROM events e
            WHERE e.application_id = w.application_id AND e.recorded_at = w.event_recorded_at
                AND e.id BETWEEN w.event_id AND w.event_id
            ORDER BY e.id LIMIT 1
        ) e ON true
        ORDER BY w.due_at, w.queue_seq
    LOOP
        bytes := bytes + coalesce(octet_length(body), 0);
        EXIT WHEN bytes > 1048576 AND bytes > octet_length(body);
        RETURN NEXT;
    END LOOP;
END
$$;

-- The due deliveries of several lanes, by lane. Locks nothing: bodies are long, and the reader may be slow.
CREATE FUNCTION due_of_lanes(of_lanes bigint[], most bigint)
RETURNS TABLE (lane bigint, queue_seq bigint, attempts_made integer, recorded_at timestamptz, event_id uuid, webhook_type text,
    body text, timestamp_offset integer)
LANGUAGE sql AS $$
    SELECT l.lane, w.* FROM unnest(of_lanes) l (lane) CROSS JOIN LATERAL due_deliveries(l.lane, '{}', most) w
$$;

-- Leases lanes with due deliveries. Returns one row per lane, longest waiting first; rows are small, because the lanes
-- stay locked until all rows are sent. Skips lanes of the applications in `except_applications`, which use their full
-- share of the worker. A lane already leased to this worker is leased again if it is not in `held`, because the worker
-- never received that lease; a lane in `held` is not, even if its lease has expired. `taken_over`: the previous lease
-- expired without a release, so attempts that were in progress are repeated.
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

-- Makes the next delivery of each of these keys due, after earlier ones are settled. The caller has locked the lane.
CREATE FUNCTION unpark(of_lane bigint, keys bigint[], OUT unparked bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    UPDATE webhook_deliveries w SET due_at = clock_timestamp()
    FROM (SELECT DISTINCT order_key FROM unnest(keys) k (order_key)) k
    CROSS JOIN LATERAL (
        SELECT n.ctid, n.due_at FROM webhook_deliveries n
        WHERE n.lane = of_lane AND n.order_key BETWEEN k.order_key AND k.order_key
        ORDER BY n.order_key, n.queue_seq LIMIT 1
    ) next
    WHERE next.due_at = 'infinity' AND w.ctid = next.ctid;
    GET DIAGNOSTICS unparked = ROW_COUNT;
END
$$;

-- Stores a worker's results for a lane. `tried` is an array of attempts: {"nth", "id", "queue_seq", "event_id",
-- "recorded_at", "webhook_type", "number", "status_code", "error", "duration_ms", "outcome", "retry_ms"}.
-- `taken_over`: the lane was leased again since, so the reported deliveries may have been sent twice.
CREATE FUNCTION settle_lane(of_lane bigint, of_epoch bigint, tried jsonb, only_delivered boolean, new_health jsonb,
    not_before timestamptz, disable text, release boolean,
    OUT still_owner boolean, OUT settled_before bigint, OUT unparked bigint, OUT taken_over boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    held     webhook_lanes;
    moment   timestamptz;
    in_force boolean;
    ordered  boolean;
    frees    boolean;
    keys     bigint[] := '{}';
    missed   bigint[];
    next_due timestamptz;
    step     record;
    logged   bigint := 0;
    failed   bigint := 0;
    spent    bigint := 0;
    shortest integer;
    longest  integer;
BEGIN
    still_owner := false;
    settled_before := 0;
    unparked := 0;
    taken_over := false;
    SELECT * INTO held FROM webhook_lanes WHERE lane = of_lane FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        -- The lane was removed together with its deliveries.
        RETURN;
    END IF;
    moment := clock_timestamp();
    -- If a lease expired but no other worker took the lane, the owner's report still counts.
    in_force := held.lease_epoch = of_epoch AND held.lease_until IS NOT NULL;
    still_owner := in_force AND held.lease_until > moment;
    -- A change of the destination by a client also ends a lease, but then no other worker has the lane.
    taken_over := held.leased_epoch IS DISTINCT FROM of_epoch;
    -- The lease owner releases the lane even if a client changed the destination meanwhile: no other worker can lease
    -- it before the lease expires. Only on the worker's request, because attempts may be in progress.
    frees := release AND held.leased_epoch = of_epoch AND held.lease_until IS NOT NULL;

    IF only_delivered AND disable IS NULL THEN
        -- A crash may undo this commit; the only consequence is a repeated delivery.
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;

    IF NOT only_delivered THEN
        SELECT d.ordering = 'per_user' INTO ordered FROM webhook_destinations d
        WHERE d.application_id = held.application_id AND d.id = held.destination_id;
        -- Only if the attempt is not settled yet: attempts_made only increases.
        WITH reported AS MATERIALIZED (
            SELECT * FROM jsonb_to_recordset(tried) AS r (
                nth integer, id uuid, queue_seq bigint, event_id uuid, recorded_at timestamptz, webhook_type text,
                number smallint, status_code smallint, error text, duration_ms integer, outcome text, retry_ms bigint)
            WHERE outcome <> 'delivered'
        ), first AS MATERIALIZED (
            SELECT t.*, w.ctid AS row FROM reported t CROSS JOIN LATERAL (
                SELECT w.ctid, w.attempts_made FROM webhook_deliveries w
                WHERE w.lane = of_lane AND w.queue_seq BETWEEN t.queue_seq AND t.queue_seq ORDER BY w.queue_seq LIMIT 1
            ) w
            WHERE w.attempts_made = t.number - 1
        ), again AS (
            UPDATE webhook_deliveries w
            SET attempts_made = f.number, due_at = CASE
                -- Started before the destination was ordered, next to a delivery that it now has to wait for.
                WHEN ordered AND (
                    SELECT e.queue_seq FROM webhook_deliveries e
                    WHERE e.lane = of_lane AND e.order_key BETWEEN w.order_key AND w.order_key AND e.queue_seq < w.queue_seq
                        AND e.due_at < 'infinity'
                    ORDER BY e.order_key, e.queue_seq LIMIT 1) IS NOT NULL
                THEN 'infinity' ELSE moment + f.retry_ms * interval '1 millisecond' END
            FROM first f WHERE w.ctid = f.row AND f.outcome = 'failed'
            RETURNING f.id, nullif(w.due_at, 'infinity') AS next_attempt_at
        ), removed AS (
            DELETE FROM webhook_deliveries w USING first f WHERE w.ctid = f.row AND f.outcome = 'dead_lettered'
            RETURNING f.id, f.number, w.queue_seq, w.order_key, w.event_id, w.event_recorded_at
        ), dead AS (
            INSERT INTO webhook_dead_letters (application_id, destination_id, queue_seq, order_key, event_id,
                event_recorded_at, attempts_made, dead_at)
            SELECT held.application_id, held.destination_id, queue_seq, order_key, event_id, event_recorded_at, number, moment
            FROM removed
            ON CONFLICT (application_id, destination_id, queue_seq) DO NOTHING
        ), settled AS (
            SELECT id, next_attempt_at FROM again UNION ALL SELECT id, NULL FROM removed
        ), noted AS (
            INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id, event_recorded_at,
                next_attempt_at, duration_ms, number, status_code, webhook_type, trigger, outcome, error)
            SELECT held.application_id, held.destination_id, t.id, moment + t.nth * interval '1 microsecond', t.event_id,
                t.recorded_at, s.next_attempt_at, t.duration_ms, t.number, t.status_code, t.webhook_type, 'schedule',
                t.outcome, t.error
            FROM reported t JOIN settled s ON s.id = t.id
            ORDER BY t.nth
            RETURNING duration_ms
        )
        SELECT count(*) AS number, coalesce(sum(duration_ms), 0) AS spent, (SELECT count(*) FROM reported) AS reported,
            ARRAY(SELECT order_key FROM removed) AS keys
        INTO step FROM noted;
        logged := step.number;
        failed := step.number;
        spent := step.spent;
        settled_before := step.reported - step.number;
        keys := step.keys;
    END IF;

    -- Delivered attempts are settled in any case: the receiver has the events, whatever the state of the lease.
    WITH reported AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(tried) AS r (
            nth integer, id uuid, queue_seq bigint, event_id uuid, recorded_at timestamptz, webhook_type text,
            number smallint, status_code smallint, duration_ms integer, outcome text)
        WHERE outcome = 'delivered'
    ), there AS MATERIALIZED (
        SELECT t.number, w.ctid AS row FROM reported t CROSS JOIN LATERAL (
            SELECT w.ctid FROM webhook_deliveries w
            WHERE w.lane = of_lane AND w.queue_seq BETWEEN t.queue_seq AND t.queue_seq ORDER BY w.queue_seq LIMIT 1
        ) w
    ), done AS (
        DELETE FROM webhook_deliveries w USING there t WHERE w.ctid = t.row
        RETURNING w.queue_seq, w.order_key, w.attempts_made = t.number - 1 AS is_first
    ), noted AS (
        INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id, event_recorded_at,
            duration_ms, number, status_code, webhook_type, trigger, outcome)
        SELECT held.application_id, held.destination_id, id, moment + nth * interval '1 microsecond', event_id, recorded_at,
            duration_ms, number, status_code, webhook_type, 'schedule', outcome
        FROM reported
        WHERE queue_seq = ANY(ARRAY(SELECT queue_seq FROM done))
        ORDER BY nth
        RETURNING duration_ms
    )
    SELECT count(*) AS number, coalesce(sum(duration_ms), 0) AS spent,
        (SELECT count(*) FROM done WHERE is_first) AS first, ARRAY(SELECT order_key FROM done) AS keys,
        ARRAY(SELECT queue_seq FROM reported EXCEPT SELECT queue_seq FROM done) AS missed
    INTO step FROM noted;
    logged := logged + step.number;
    spent := spent + step.spent;
    settled_before := settled_before + step.number - step.first;
    keys := keys || step.keys;
    missed := step.missed;
    IF missed <> '{}' THEN
        DELETE FROM webhook_dead_letters
        WHERE application_id = held.application_id AND destination_id = held.destination_id AND queue_seq = ANY(missed);
        -- Another worker settled them, or an earlier call of this worker did without receiving the result: in that case
        -- they are already in the log.
        WITH noted AS (
            INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id, event_recorded_at,
                duration_ms, number, status_code, webhook_type, trigger, outcome)
            SELECT held.application_id, held.destination_id, id, moment + nth * interval '1 microsecond', event_id,
                recorded_at, duration_ms, number, status_code, webhook_type, 'schedule', outcome
            FROM jsonb_to_recordset(tried) AS r (
                nth integer, id uuid, queue_seq bigint, event_id uuid, recorded_at timestamptz, webhook_type text,
                number smallint, status_code smallint, duration_ms integer, outcome text)
            WHERE outcome = 'delivered' AND queue_seq = ANY(missed) AND (
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

    SELECT min(duration_ms), max(duration_ms) INTO shortest, longest
    FROM jsonb_to_recordset(tried) AS r (duration_ms integer, error text)
    WHERE error IS DISTINCT FROM 'erased';
    IF frees THEN
        SELECT due_at INTO next_due FROM webhook_deliveries WHERE lane = of_lane ORDER BY due_at, queue_seq LIMIT 1;
    END IF;
    UPDATE webhook_lanes SET
        attempts = attempts + logged,
        failures = failures + failed,
        total_duration_ms = total_duration_ms + spent,
        min_duration_ms = least(min_duration_ms, shortest),
        max_duration_ms = greatest(max_duration_ms, longest),
        last_attempt_at = CASE WHEN logged > 0 THEN moment ELSE last_attempt_at END,
        health = CASE WHEN in_force THEN new_health ELSE health END,
        paused_until = CASE WHEN in_force THEN not_before ELSE paused_until END,
        disabled_reason = CASE WHEN in_force THEN coalesce(disabled_reason, disable) ELSE disabled_reason END,
        disabled_at = CASE WHEN in_force AND disable IS NOT NULL THEN coalesce(disabled_at, moment) ELSE disabled_at END,
        lease_owner = CASE WHEN frees THEN NULL ELSE lease_owner END,
        lease_until = CASE WHEN frees THEN NULL ELSE lease_until END,
        wake_at = CASE
            -- Not before now, however long the next delivery has been due: lanes take turns.
            WHEN frees THEN greatest(coalesce(next_due, 'infinity'),
                CASE WHEN in_force THEN not_before ELSE paused_until END, moment)
            WHEN unparked > 0 THEN least(wake_at, greatest(moment, paused_until))
            ELSE wake_at
        END
    WHERE lane = of_lane;
END
$$;

-- Deletes pending deliveries of events stored before this time: at most `most` of one lane, or otherwise as many dead
-- letters. Returns the number deleted; NULL: none were left. Scans both tables: an index by age would slow down every
-- delivery, and this runs about once a day.
CREATE FUNCTION delete_old_deliveries(before timestamptz, most bigint, OUT removed bigint)
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
            DELETE FROM webhook_deliveries WHERE lane = of_lane AND queue_seq = ANY(ARRAY(
                SELECT queue_seq FROM webhook_deliveries WHERE lane = of_lane AND event_recorded_at < before
                ORDER BY queue_seq LIMIT most))
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
        -- Skips rows that a recovery has taken meanwhile.
        DELETE FROM webhook_dead_letters WHERE ctid = ANY(letters) AND event_recorded_at < before;
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;
END
$$;

-- With `order_changes`, parks or unparks at most `most` deliveries of a lane according to the new ordering. With
-- `hasten`, makes deliveries that wait for their next attempt due now. Returns the number changed. The caller has
-- locked the lane.
CREATE FUNCTION arrange_webhook_lane(queue bigint, order_changes boolean, ordered boolean, hasten boolean, most bigint)
RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    arranged bigint := 0;
    hastened bigint := 0;
BEGIN
    IF order_changes THEN
        WITH found AS MATERIALIZED (
            (SELECT queue_seq, now() AS due FROM webhook_deliveries
             WHERE NOT ordered AND lane = queue AND due_at = 'infinity' ORDER BY queue_seq LIMIT most)
            UNION ALL
            (SELECT queue_seq, 'infinity' FROM webhook_deliveries d
             WHERE ordered AND lane = queue AND due_at < 'infinity' AND EXISTS (
                SELECT FROM webhook_deliveries e WHERE e.lane = queue AND e.order_key = d.order_key AND e.queue_seq < d.queue_seq
                    AND e.due_at < 'infinity')
             ORDER BY queue_seq LIMIT most)
        )
        UPDATE webhook_deliveries d SET due_at = f.due FROM found f WHERE d.lane = queue AND d.queue_seq = f.queue_seq;
        GET DIAGNOSTICS arranged = ROW_COUNT;
    END IF;
    IF hasten THEN
        WITH found AS MATERIALIZED (
            SELECT queue_seq FROM webhook_deliveries
            WHERE lane = queue AND due_at > now() AND due_at < 'infinity' ORDER BY queue_seq LIMIT most - arranged
        )
        UPDATE webhook_deliveries d SET due_at = now() FROM found f WHERE d.lane = queue AND d.queue_seq = f.queue_seq;
        GET DIAGNOSTICS hastened = ROW_COUNT;
    END IF;
    IF arranged + hastened > 0 THEN
        UPDATE webhook_lanes SET wake_at = greatest(now(), paused_until) WHERE lane = queue AND wake_at > now();
    END IF;
    RETURN arranged + hastened;
END
$$;

-- Turns the first `most` deliveries of a lane into dead letters, and returns how many. The caller has locked the lane.
CREATE FUNCTION skip_webhook_deliveries(queue bigint, most bigint) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    skipped bigint;
    keys    bigint[];
BEGIN
    WITH waiting AS MATERIALIZED (
        SELECT queue_seq FROM webhook_deliveries WHERE lane = queue ORDER BY queue_seq LIMIT most
    ), taken AS (
        DELETE FROM webhook_deliveries d USING waiting w WHERE d.lane = queue AND d.queue_seq = w.queue_seq
        RETURNING d.queue_seq, d.order_key, d.event_id, d.event_recorded_at, d.attempts_made
    ), dead AS (
        INSERT INTO webhook_dead_letters
            (application_id, destination_id, queue_seq, order_key, event_id, event_recorded_at, attempts_made)
        SELECT l.application_id, l.destination_id, t.queue_seq, t.order_key, t.event_id, t.event_recorded_at, t.attempts_made
        FROM webhook_lanes l CROSS JOIN taken t WHERE l.lane = queue
    )
    SELECT count(*), array_agg(order_key) INTO skipped, keys FROM taken;
    IF skipped >= most THEN
        -- If the caller does not repeat the call, the remaining deliveries are sent.
        PERFORM unpark(queue, keys);
    END IF;
    RETURN skipped;
END
$$;

-- Processes at most `most` dead letters of the first running recovery. Returns the number; 0: that recovery is
-- finished; NULL: none is running. One recovery per call, so that no transaction locks two lanes. Dead letters whose
-- event is erased or no longer stored are deleted.
CREATE FUNCTION advance_webhook_recovery(most bigint) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    job      webhook_recoveries%ROWTYPE;
    queue    bigint;
    ordered  boolean;
    taken    bigint;
    back     bigint;
    furthest bigint;
BEGIN
    SELECT * INTO job FROM webhook_recoveries WHERE state = 'running' ORDER BY created_at, application_id, id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM webhook_destinations WHERE application_id = job.application_id AND id = job.destination_id
    FOR KEY SHARE;
    SELECT lane INTO queue FROM webhook_lanes
    WHERE application_id = job.application_id AND destination_id = job.destination_id FOR NO KEY UPDATE;
    SELECT * INTO job FROM webhook_recoveries
    WHERE application_id = job.application_id AND id = job.id AND state = 'running' FOR NO KEY UPDATE;
    IF queue IS NULL OR NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT ordering = 'per_user' INTO ordered FROM webhook_destinations
    WHERE application_id = job.application_id AND id = job.destination_id;

    WITH found AS MATERIALIZED (
        SELECT queue_seq FROM webhook_dead_letters
        WHERE application_id = job.application_id AND destination_id = job.destination_id
            AND queue_seq > coalesce(job.reached, -1) AND dead_at >= job.since AND dead_at <= job.created_at
        ORDER BY queue_seq LIMIT most
    ), removed AS (
        DELETE FROM webhook_dead_letters l USING found f
        WHERE l.application_id = job.application_id AND l.destination_id = job.destination_id AND l.queue_seq = f.queue_seq
        RETURNING l.queue_seq, l.order_key, l.event_id, l.event_recorded_at
    ), kept AS (
        SELECT r.*, row_number() OVER (PARTITION BY order_key ORDER BY queue_seq) AS nth FROM removed r
        WHERE EXISTS (SELECT FROM events e WHERE e.application_id = job.application_id
            AND e.recorded_at = r.event_recorded_at AND e.id = r.event_id AND e.body IS NOT NULL)
    ), put_back AS (
        INSERT INTO webhook_deliveries (lane, queue_seq, order_key, due_at, event_recorded_at, application_id, event_id)
        SELECT queue, k.queue_seq, k.order_key,
            CASE WHEN ordered AND (k.nth > 1 OR (
                SELECT d.queue_seq FROM webhook_deliveries d WHERE d.lane = queue AND d.order_key = k.order_key LIMIT 1)
                IS NOT NULL)
            THEN 'infinity' ELSE now() END, k.event_recorded_at, job.application_id, k.event_id
        FROM kept k RETURNING 1
    )
    SELECT (SELECT count(*) FROM removed), (SELECT count(*) FROM put_back), (SELECT max(queue_seq) FROM found)
    INTO taken, back, furthest;

    UPDATE webhook_recoveries SET recovered = recovered + back, reached = coalesce(furthest, reached),
        state = CASE WHEN taken < most THEN 'finished' ELSE state END,
        finished_at = CASE WHEN taken < most THEN now() END
    WHERE application_id = job.application_id AND id = job.id;
    IF back > 0 THEN
        UPDATE webhook_lanes SET wake_at = greatest(now(), paused_until) WHERE lane = queue AND wake_at > now();
    END IF;
    RETURN taken;
END
$$;
