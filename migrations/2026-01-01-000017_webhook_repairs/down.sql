-- The functions as steps 000009 and 000010 made them.

DROP FUNCTION lease_due_lanes(uuid, bigint[], bigint, bigint);

DROP FUNCTION settle_lane(bigint, bigint, jsonb, boolean, jsonb, timestamptz, text, boolean);
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

-- Answers 'added', 'duplicate' or 'too_many'.
CREATE OR REPLACE FUNCTION add_webhook_destination(
    application uuid, destination uuid, new_label text, new_url text, new_version text, new_events text[],
    new_ordering text, made_at timestamptz, changed_at timestamptz, why_disabled text, disabled_since timestamptz,
    new_secret bytea, most bigint
) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_webhook_urls(application);
    IF EXISTS (SELECT FROM webhook_destinations WHERE application_id = application AND url = new_url) THEN
        RETURN 'duplicate';
    END IF;
    IF (SELECT count(*) FROM webhook_destinations WHERE application_id = application) >= most THEN
        RETURN 'too_many';
    END IF;
    INSERT INTO webhook_destinations
        (application_id, id, label, url, webhook_version, subscribed_events, ordering, created_at, updated_at)
    VALUES (application, destination, new_label, new_url, new_version, new_events, new_ordering, made_at, changed_at);
    INSERT INTO webhook_secrets (application_id, destination_id, sealed) VALUES (application, destination, new_secret);
    INSERT INTO webhook_lanes (application_id, destination_id, disabled_reason, disabled_at)
    VALUES (application, destination, why_disabled, disabled_since);
    RETURN 'added';
END
$$;

-- NULL stays. Answers 'changed' (also where everything was so already), 'unknown', 'duplicate', or 'more': at most `most`
-- deliveries were put aside or arranged, there may be others, and nothing else is changed yet.
CREATE OR REPLACE FUNCTION change_webhook_destination(
    application uuid, destination uuid, new_label text, new_url text, enable boolean, skip_waiting boolean,
    new_version text, new_events text[], new_ordering text, changed_at timestamptz, most bigint
) RETURNS text
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    known      webhook_destinations%ROWTYPE;
    queue      webhook_lanes%ROWTYPE;
    moved      boolean;
    reordered  boolean;
    turned_on  boolean;
    turned_off boolean;
    skipped    bigint;
    keys       bigint[];
BEGIN
    PERFORM lock_webhook_urls(application);
    SELECT * INTO known FROM webhook_destinations WHERE application_id = application AND id = destination
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'unknown';
    END IF;
    IF EXISTS (SELECT FROM webhook_destinations
            WHERE application_id = application AND url = new_url AND id <> destination) THEN
        RETURN 'duplicate';
    END IF;
    SELECT * INTO queue FROM webhook_lanes WHERE application_id = application AND destination_id = destination
    FOR NO KEY UPDATE;
    moved := coalesce(new_url <> known.url, false);
    reordered := coalesce(new_ordering <> known.ordering, false);
    turned_on := coalesce(enable, false) AND queue.disabled_reason IS NOT NULL;
    -- Also where the service had done so: from now on it is the client's wish.
    turned_off := NOT coalesce(enable, true) AND queue.disabled_reason IS DISTINCT FROM 'client';
    IF NOT (moved OR reordered OR turned_on OR turned_off OR coalesce(new_label <> known.label, false)
            OR coalesce(new_version <> known.webhook_version, false)
            OR coalesce(new_events <> known.subscribed_events, false)) THEN
        RETURN 'changed';
    END IF;

    IF turned_on AND skip_waiting THEN
        WITH waiting AS MATERIALIZED (
            SELECT place FROM webhook_deliveries WHERE lane = queue.lane ORDER BY place LIMIT most
        ), taken AS (
            DELETE FROM webhook_deliveries d USING waiting w WHERE d.lane = queue.lane AND d.place = w.place
            RETURNING d.place, d.order_key, d.event_id, d.event_recorded_at, d.attempts_made
        ), aside AS (
            INSERT INTO webhook_dead_letters
                (application_id, destination_id, place, order_key, event_id, event_recorded_at, attempts_made)
            SELECT application, destination, place, order_key, event_id, event_recorded_at, attempts_made FROM taken
        )
        SELECT count(*), array_agg(order_key) INTO skipped, keys FROM taken;
        IF skipped >= most THEN
            -- Whoever asks may not come back for the rest, and then that is sent.
            PERFORM unpark(queue.lane, keys);
            RETURN 'more';
        END IF;
    END IF;
    IF (reordered OR turned_on) AND arrange_webhook_lane(
            queue.lane, reordered, coalesce(new_ordering, known.ordering) = 'per_user', turned_on, most) >= most THEN
        RETURN 'more';
    END IF;

    UPDATE webhook_destinations SET label = coalesce(new_label, label), url = coalesce(new_url, url),
        webhook_version = coalesce(new_version, webhook_version),
        subscribed_events = coalesce(new_events, subscribed_events), ordering = coalesce(new_ordering, ordering),
        updated_at = changed_at
    WHERE application_id = application AND id = destination;
    -- Whoever has the lane now knows the old address and would write back how that fared: its lease no longer counts. It
    -- still keeps others away until it ends, as attempts may be under way.
    IF turned_off THEN
        UPDATE webhook_lanes SET disabled_reason = 'client', disabled_at = now(), lease_epoch = lease_epoch + 1
        WHERE lane = queue.lane;
    ELSIF turned_on THEN
        UPDATE webhook_lanes SET disabled_reason = NULL, disabled_at = NULL WHERE lane = queue.lane;
    END IF;
    IF turned_on OR moved THEN
        UPDATE webhook_lanes SET health = NULL, paused_until = NULL, wake_at = now(), lease_epoch = lease_epoch + 1
        WHERE lane = queue.lane;
    END IF;
    RETURN 'changed';
END
$$;

-- Takes up at most `most` dead letters of the first running recovery. Answers how many; 0: that one is finished; NULL:
-- none is running. One recovery per call: nobody holds two lanes.
CREATE OR REPLACE FUNCTION advance_webhook_recovery(most bigint) RETURNS bigint
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
        SELECT place FROM webhook_dead_letters
        WHERE application_id = job.application_id AND destination_id = job.destination_id
            AND place > coalesce(job.reached, -1) AND dead_at >= job.since AND dead_at <= job.created_at
        ORDER BY place LIMIT most
    ), removed AS (
        DELETE FROM webhook_dead_letters l USING found f
        WHERE l.application_id = job.application_id AND l.destination_id = job.destination_id AND l.place = f.place
        RETURNING l.place, l.order_key, l.event_id, l.event_recorded_at
    ), kept AS (
        SELECT r.*, row_number() OVER (PARTITION BY order_key ORDER BY place) AS nth FROM removed r
        WHERE EXISTS (SELECT FROM events e WHERE e.application_id = job.application_id
            AND e.recorded_at = r.event_recorded_at AND e.id = r.event_id)
    ), put_back AS (
        INSERT INTO webhook_deliveries (lane, place, order_key, due_at, event_recorded_at, application_id, event_id)
        SELECT queue, k.place, k.order_key,
            CASE WHEN ordered AND (k.nth > 1 OR (
                SELECT d.place FROM webhook_deliveries d WHERE d.lane = queue AND d.order_key = k.order_key LIMIT 1)
                IS NOT NULL)
            THEN 'infinity' ELSE now() END, k.event_recorded_at, job.application_id, k.event_id
        FROM kept k RETURNING 1
    )
    SELECT (SELECT count(*) FROM removed), (SELECT count(*) FROM put_back), (SELECT max(place) FROM found)
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
