-- Events by day, so that old ones go as whole days and never row by row.
-- Servers of older builds write no markers (next step): stop them before this step runs.

-- The days there is room for, of every table that is kept by days. The runtime role has no right to make tables, and this
-- gives it none: it calls this and nothing else.
CREATE FUNCTION make_room(days_ahead integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today  date := (now() AT TIME ZONE 'UTC')::date;
    parent record;
    days   date[];
    day    date;
BEGIN
    IF days_ahead NOT BETWEEN 0 AND 366 THEN
        RAISE EXCEPTION 'room for % days ahead is refused', days_ahead USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(x'726f6f6d73'::bigint);
    -- Whoever waits for a whole table keeps everybody else out of it meanwhile.
    PERFORM set_config('lock_timeout', '2s', true);
    FOR parent IN
        SELECT relname AS name, attname AS "column"
        FROM pg_partitioned_table JOIN pg_class c ON c.oid = partrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = partattrs[0]
        WHERE relnamespace = 'public'::regnamespace ORDER BY relname
    LOOP
        EXECUTE format(
            'SELECT array_agg(day ORDER BY day) FROM (
                SELECT $1 + ahead AS day FROM generate_series(0, $2) ahead
                UNION SELECT (%I AT TIME ZONE ''UTC'')::date FROM %I) d',
            parent."column", parent.name || '_default') INTO days USING today, days_ahead;
        FOREACH day IN ARRAY days LOOP
            PERFORM make_day(parent.name, parent."column", day);
        END LOOP;
    END LOOP;
END
$$;

-- Made apart and attached: a partition made in place would lock out everybody who reads or writes the table.
CREATE FUNCTION make_day(parent name, "column" name, day date) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    part       name := parent || to_char(day, '"_"YYYYMMDD');
    other      name := parent || '_default';
    beginning  text := day || ' 00:00:00+00';
    ending     text := (day + 1) || ' 00:00:00+00';
    strays     bigint;
    is_history boolean := EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = parent::regclass AND tgname = parent || '_append_only');
BEGIN
    IF to_regclass(quote_ident(part)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', part, parent);
    -- Rows that came before there was room for them. Attaching takes the same lock, and refuses while they are there.
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', other);
    EXECUTE format('SELECT count(*) FROM %1$I WHERE %2$I >= %3$L AND %2$I < %4$L', other, "column", beginning, ending)
        INTO strays;
    IF strays > 0 THEN
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', other);
        EXECUTE format(
            'WITH moved AS (DELETE FROM %1$I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *)
             INSERT INTO %5$I SELECT * FROM moved',
            other, "column", beginning, ending, part);
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', other);
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, beginning, ending);
    IF is_history THEN
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()', part || '_append_only', part);
    END IF;
END
$$;

-- Removes the days that ended by this time, never today. Answers how many days went. Dropping one locks its table for
-- a moment: not waiting long for that, it cannot hold up writers for long either.
CREATE FUNCTION drop_days(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    oldest_kept text := to_char(least(before, now()) AT TIME ZONE 'UTC', 'YYYYMMDD');
    part        record;
    days        text[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(x'726f6f6d73'::bigint);
    PERFORM set_config('lock_timeout', '2s', true);
    FOR part IN
        SELECT c.relname AS name, right(c.relname, 8) AS day FROM pg_inherits
        JOIN pg_class c ON c.oid = inhrelid JOIN pg_class p ON p.oid = inhparent AND p.relkind = 'p'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            AND c.relname ~ ('^' || p.relname || '_[0-9]{8}$') AND right(c.relname, 8) < oldest_kept
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', part.name);
        days := days || part.day;
    END LOOP;
    RETURN (SELECT count(DISTINCT day) FROM unnest(days) d (day));
END
$$;

REVOKE ALL ON FUNCTION make_room(integer), make_day(name, name, date), drop_days(timestamptz) FROM PUBLIC;

ALTER TABLE events RENAME TO events_before;
ALTER TABLE events_before RENAME CONSTRAINT events_pkey TO events_before_pkey;
ALTER TABLE events_before RENAME CONSTRAINT events_sequence_key TO events_before_sequence_key;

CREATE TABLE events (
    application_id   uuid        NOT NULL,
    id               uuid        NOT NULL,
    user_id          uuid        NOT NULL,
    sequence         bigint      NOT NULL,
    webhook_type     text        NOT NULL COLLATE "C",
    created_at       timestamptz NOT NULL,
    -- The database's time of the transaction: times of changes are the servers'.
    recorded_at      timestamptz NOT NULL DEFAULT now(),
    changed_fields   text[]      NOT NULL COLLATE "C",
    request_id       text        NOT NULL COLLATE "C",
    -- The body as it is sent, but for the time of the attempt: a 0 stands there. None once its user is erased.
    body             text,
    -- Where that 0 stands, in bytes from the start.
    timestamp_offset integer     NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (application_id, recorded_at, id),
    CONSTRAINT events_webhook_type_known CHECK (webhook_type IN ('user.data.updated', 'user.status.updated')),
    CONSTRAINT events_sequence_positive CHECK (sequence >= 1),
    CONSTRAINT events_timestamp_offset_inside
        CHECK (timestamp_offset >= 0 AND timestamp_offset < octet_length(body))
) PARTITION BY RANGE (recorded_at);

-- Uniqueness cannot reach over days: that a user has no sequence twice follows from the version its changes hold on to.
CREATE INDEX events_by_user ON events (application_id, user_id, sequence);

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- Takes what has no day: nothing should be here.
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE TRIGGER events_default_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events_default
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

SELECT make_room(2);

INSERT INTO events (application_id, id, user_id, sequence, webhook_type, created_at, changed_fields, request_id, body,
    timestamp_offset)
SELECT application_id, id, user_id, sequence, webhook_type, created_at, changed_fields, request_id, body,
    timestamp_offset
FROM events_before;

DROP TABLE events_before;
