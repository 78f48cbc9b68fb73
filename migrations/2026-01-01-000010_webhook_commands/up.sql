-- What clients do to destinations and what recoveries do, each as one call: whoever is stopped in the middle of one holds no
-- lock. Locks are taken in this order: the application's URLs, the destination, its lane, a recovery. Work on many rows is
-- done in portions, and callers come back for the rest: nobody waits long for a lane. Plans are as those of the steps.

-- Whoever might give an application two destinations with one URL, or too many, comes after the other.
CREATE FUNCTION lock_webhook_urls(application uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('webhook_destinations ' || application, 0))
$$;

-- Answers 'added', 'duplicate' or 'too_many'.
CREATE FUNCTION add_webhook_destination(
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

-- Makes at most `most` deliveries of a lane wait as an ordering has it (where `order_changes`): behind another one of their
-- key, or for nothing. With `hasten`, what waits for its next attempt is due now. Answers how many it changed. The lane is
-- locked by then.
CREATE FUNCTION arrange_webhook_lane(queue bigint, order_changes boolean, ordered boolean, hasten boolean, most bigint)
RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    arranged bigint := 0;
    hastened bigint := 0;
BEGIN
    IF order_changes THEN
        WITH found AS MATERIALIZED (
            (SELECT place, now() AS due FROM webhook_deliveries
             WHERE NOT ordered AND lane = queue AND due_at = 'infinity' ORDER BY place LIMIT most)
            UNION ALL
            (SELECT place, 'infinity' FROM webhook_deliveries d
             WHERE ordered AND lane = queue AND due_at < 'infinity' AND EXISTS (
                SELECT FROM webhook_deliveries e WHERE e.lane = queue AND e.order_key = d.order_key AND e.place < d.place
                    AND e.due_at < 'infinity')
             ORDER BY place LIMIT most)
        )
        UPDATE webhook_deliveries d SET due_at = f.due FROM found f WHERE d.lane = queue AND d.place = f.place;
        GET DIAGNOSTICS arranged = ROW_COUNT;
    END IF;
    IF hasten THEN
        WITH found AS MATERIALIZED (
            SELECT place FROM webhook_deliveries
            WHERE lane = queue AND due_at > now() AND due_at < 'infinity' ORDER BY place LIMIT most - arranged
        )
        UPDATE webhook_deliveries d SET due_at = now() FROM found f WHERE d.lane = queue AND d.place = f.place;
        GET DIAGNOSTICS hastened = ROW_COUNT;
    END IF;
    IF arranged + hastened > 0 THEN
        UPDATE webhook_lanes SET wake_at = greatest(now(), paused_until) WHERE lane = queue AND wake_at > now();
    END IF;
    RETURN arranged + hastened;
END
$$;

-- NULL stays. Answers 'changed' (also where everything was so already), 'unknown', 'duplicate', or 'more': at most `most`
-- deliveries were put aside or arranged, there may be others, and nothing else is changed yet.
CREATE FUNCTION change_webhook_destination(
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

-- Older secrets sign for so long, unless they end earlier; those beyond the newest `most` not at all. Ended ones go.
-- Where they end at once, whoever has the lane signs with them: its lease no longer counts, and the next one reads anew.
CREATE FUNCTION rotate_webhook_secret(
    application uuid, destination uuid, new_secret bytea, grace_ms bigint, most bigint
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM webhook_destinations WHERE application_id = application AND id = destination FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE webhook_secrets SET signs_until = least(signs_until, now() + grace_ms * interval '1 millisecond')
    WHERE application_id = application AND destination_id = destination;
    INSERT INTO webhook_secrets (application_id, destination_id, sealed) VALUES (application, destination, new_secret);
    DELETE FROM webhook_secrets WHERE application_id = application AND destination_id = destination
        AND (signs_until <= now() OR number NOT IN (
            SELECT number FROM webhook_secrets WHERE application_id = application AND destination_id = destination
            ORDER BY number DESC LIMIT most));
    IF grace_ms = 0 THEN
        UPDATE webhook_lanes SET lease_epoch = lease_epoch + 1
        WHERE application_id = application AND destination_id = destination;
    END IF;
    RETURN true;
END
$$;

-- Answers the lane that was the destination's, for whoever clears it; NULL: there is no such destination.
CREATE FUNCTION remove_webhook_destination(application uuid, destination uuid) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    queue bigint;
BEGIN
    PERFORM FROM webhook_destinations WHERE application_id = application AND id = destination FOR UPDATE;
    SELECT lane INTO queue FROM webhook_lanes WHERE application_id = application AND destination_id = destination
    FOR UPDATE;
    DELETE FROM webhook_destinations WHERE application_id = application AND id = destination;
    RETURN queue;
END
$$;

-- One at a time for each destination. A wish for what the running one leaves out widens it, and it begins again. No row:
-- there is no such destination.
CREATE FUNCTION start_webhook_recovery(application uuid, destination uuid, recovery uuid, wished_since timestamptz)
RETURNS SETOF webhook_recoveries
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM webhook_destinations WHERE application_id = application AND id = destination FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY UPDATE webhook_recoveries SET since = least(since, wished_since),
        reached = CASE WHEN wished_since < since THEN NULL ELSE reached END
    WHERE application_id = application AND destination_id = destination AND state = 'running'
    RETURNING *;
    IF NOT FOUND THEN
        RETURN QUERY INSERT INTO webhook_recoveries (application_id, destination_id, id, since)
        VALUES (application, destination, recovery, wished_since) RETURNING *;
    END IF;
END
$$;

-- Takes up at most `most` dead letters of the first running recovery. Answers how many; 0: that one is finished; NULL:
-- none is running. One recovery per call: nobody holds two lanes.
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

CREATE UNIQUE INDEX webhook_recoveries_one_running ON webhook_recoveries (application_id, destination_id)
    WHERE state = 'running';

-- An event that was resent by hand is looked for among what was given up on.
CREATE INDEX webhook_dead_letters_by_event ON webhook_dead_letters (application_id, destination_id, event_id);

-- The newest failure of a destination is shown with it: without this a healthy one would be searched whole.
CREATE INDEX webhook_attempts_failed ON webhook_attempts (application_id, destination_id, created_at, id)
    WHERE outcome <> 'delivered';
