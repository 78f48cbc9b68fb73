-- Events by day, so that old ones go as whole days and never row by row; and the markers from which deliveries are made.
--
-- Making and removing days waits 50 ms for a lock, and is tried again later: whoever waits for a whole table keeps every writer
-- waiting behind it, while a backup reads for hours. What many rows lack a day for gets one without being moved. The runtime
-- role has no right to make tables, and these functions give it none: it calls them and nothing else.

-- Makes at most one day that is missing, of today and those ahead, or that few rows lack: the locks are held as long as that
-- takes. Whether it made one; the caller asks again until it did not. None where another process is at it.
CREATE FUNCTION make_a_day(days_ahead integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    few    bigint := 10000;
    today  date := (now() AT TIME ZONE 'UTC')::date;
    parent record;
    days   date[];
    day    date;
    others bigint;
BEGIN
    IF days_ahead NOT BETWEEN 0 AND 366 THEN
        RAISE EXCEPTION 'room for % days ahead is refused', days_ahead USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock(x'726f6f6d73'::bigint) THEN
        RETURN false;
    END IF;
    PERFORM set_config('lock_timeout', '50ms', true);
    FOR parent IN
        SELECT relname AS name, attname AS "column"
        FROM pg_partitioned_table JOIN pg_class c ON c.oid = partrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = partattrs[0]
        WHERE relnamespace = 'public'::regnamespace ORDER BY relname
    LOOP
        -- Attaching looks at all rows without a day, and keeps writers out meanwhile. Of many rows it makes the one day that
        -- they need before they are given one (give_strays_a_day), and moves none.
        EXECUTE format(
            'SELECT count(*), array_agg(DISTINCT (%1$I AT TIME ZONE ''UTC'')::date) FROM (SELECT %1$I FROM %2$I LIMIT %3$s) s',
            parent."column", parent.name || '_default', few + 1) INTO others, days;
        IF others > few THEN
            days := ARRAY[today, today + 1];
        ELSE
            days := ARRAY(
                SELECT today + ahead FROM generate_series(0, days_ahead) ahead UNION SELECT unnest(days) ORDER BY 1);
        END IF;
        FOREACH day IN ARRAY days LOOP
            CONTINUE WHEN to_regclass(quote_ident(parent.name || to_char(day, '"_"YYYYMMDD'))) IS NOT NULL;
            BEGIN
                IF make_day(parent.name, parent."column", day, others <= few) THEN
                    RETURN true;
                END IF;
            EXCEPTION
                WHEN lock_not_available THEN
                    -- The others are no freer. There is room for days to come, and the table for rows without a day takes others.
                    EXIT;
                WHEN check_violation THEN
                    -- Rows of the day came meanwhile: they are given one together.
                    NULL;
            END;
        END LOOP;
    END LOOP;
    RETURN false;
END
$$;

-- All of them.
CREATE FUNCTION make_room(days_ahead integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    WHILE make_a_day(days_ahead) LOOP
    END LOOP;
END
$$;

-- Made apart and attached: a partition made in place would lock out everybody who reads or writes the table.
-- Whether the day was made: without `may_move` only where no row of it is without a day.
CREATE FUNCTION make_day(parent name, "column" name, day date, may_move boolean) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    part       name := parent || to_char(day, '"_"YYYYMMDD');
    other      name := parent || '_default';
    beginning  text := day || ' 00:00:00+00';
    ending     text := (day + 1) || ' 00:00:00+00';
    strays     boolean;
    is_history boolean := EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = parent::regclass AND tgname = parent || '_append_only');
BEGIN
    IF NOT may_move THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %1$I WHERE %2$I >= %3$L AND %2$I < %4$L)', other, "column", beginning, ending)
            INTO strays;
        IF strays THEN
            RETURN false;
        END IF;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', part, parent);
    IF may_move THEN
        -- Attaching takes the same lock, and refuses while rows of the day are there.
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', other);
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
    RETURN true;
END
$$;

CREATE FUNCTION make_day(parent name, "column" name, day date) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_regclass(quote_ident(parent || to_char(day, '"_"YYYYMMDD'))) IS NULL THEN
        PERFORM make_day(parent, "column", day, true);
    END IF;
END
$$;

-- The table for rows without a day becomes the part of their days, and an empty one takes its place: no row is moved, and all
-- are seen throughout. One step a call, as each must be committed before the next: a promise about new rows, a look at the
-- old ones, for which nobody waits, and the exchange. The part is named by its last day, and goes with it. Returns of how many
-- rows a step was made; 0 where there was none to make.
CREATE FUNCTION give_strays_a_day() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent   record;
    other    name;
    promise  name;
    part     name;
    strays   bigint;
    first    date;
    last     date;
    is_valid boolean;
    role     record;
BEGIN
    IF NOT pg_try_advisory_xact_lock(x'726f6f6d73'::bigint) THEN
        RETURN 0;
    END IF;
    PERFORM set_config('lock_timeout', '50ms', true);
    FOR parent IN
        SELECT c.oid, relname AS name, attname AS "column",
            EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = relname || '_append_only') AS is_history
        FROM pg_partitioned_table JOIN pg_class c ON c.oid = partrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = partattrs[0]
        WHERE relnamespace = 'public'::regnamespace ORDER BY relname
    LOOP
        other := parent.name || '_default';
        promise := other || '_days';
        EXECUTE format('SELECT count(*), min((%1$I AT TIME ZONE ''UTC'')::date), max((%1$I AT TIME ZONE ''UTC'')::date) FROM %2$I',
            parent."column", other) INTO strays, first, last;
        part := parent.name || to_char(last, '"_"YYYYMMDD');
        -- Between parts that are there already no other one fits; and what comes after the last day has to have a place, unless
        -- nothing comes any more.
        CONTINUE WHEN strays = 0
            OR EXISTS (
                SELECT FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                WHERE inhparent = parent.oid AND c.relname ~ '_[0-9]{8}$'
                    AND right(c.relname, 8) BETWEEN to_char(first, 'YYYYMMDD') AND to_char(last, 'YYYYMMDD'))
            OR last + 1 >= (now() AT TIME ZONE 'UTC')::date
                AND to_regclass(quote_ident(parent.name || to_char(last + 1, '"_"YYYYMMDD'))) IS NULL;
        SELECT convalidated INTO is_valid FROM pg_constraint WHERE conrelid = other::regclass AND conname = promise;
        IF is_valid IS NULL THEN
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%I >= %L::timestamptz AND %3$I < %5$L::timestamptz) NOT VALID',
                other, promise, parent."column", first || ' 00:00:00+00', (last + 1) || ' 00:00:00+00');
            RETURN strays;
        ELSIF NOT is_valid THEN
            EXECUTE format('ALTER TABLE %I VALIDATE CONSTRAINT %I', other, promise);
            RETURN strays;
        END IF;
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent.name, other);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', other, part);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            parent.name, part, first || ' 00:00:00+00', (last + 1) || ' 00:00:00+00');
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', part, promise);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', other, parent.name);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', parent.name, other);
        IF parent.is_history THEN
            EXECUTE format('ALTER TRIGGER %I ON %I RENAME TO %I', other || '_append_only', part, part || '_append_only');
            EXECUTE format(
                'CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                 FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()', other || '_append_only', other);
        END IF;
        FOR role IN
            SELECT grantee::regrole AS name, privilege_type AS privilege
            FROM pg_class, aclexplode(relacl)
            WHERE oid = part::regclass AND grantee NOT IN (0, relowner)
        LOOP
            EXECUTE format('GRANT %s ON %I TO %s', role.privilege, other, role.name);
            EXECUTE format('REVOKE %s ON %I FROM %s', role.privilege, part, role.name);
        END LOOP;
        RETURN strays;
    END LOOP;
    RETURN 0;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;
END
$$;

-- Removes the days that ended by this time, never today. Answers how many days went: those whose lock is not free at once stay
-- for the next call, and all of them where another process is at it.
CREATE FUNCTION drop_days_before(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    oldest_kept text := to_char(least(before, now()) AT TIME ZONE 'UTC', 'YYYYMMDD');
    part        record;
    days        text[] := '{}';
BEGIN
    IF NOT pg_try_advisory_xact_lock(x'726f6f6d73'::bigint) THEN
        RETURN 0;
    END IF;
    PERFORM set_config('lock_timeout', '50ms', true);
    FOR part IN
        SELECT c.relname AS name, right(c.relname, 8) AS day FROM pg_inherits
        JOIN pg_class c ON c.oid = inhrelid JOIN pg_class p ON p.oid = inhparent AND p.relkind = 'p'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            AND c.relname ~ ('^' || p.relname || '_[0-9]{8}$') AND right(c.relname, 8) < oldest_kept
        ORDER BY c.relname
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE %I', part.name);
            days := days || part.day;
        EXCEPTION WHEN lock_not_available THEN
            -- The others are no freer: each of them would make writers wait.
            EXIT;
        END;
    END LOOP;
    RETURN (SELECT count(DISTINCT day) FROM unnest(days) d (day));
END
$$;

-- How long events and the log of attempts are kept at least; the owner sets it when it migrates.
CREATE TABLE event_retention (
    id   boolean NOT NULL DEFAULT true,
    days integer NOT NULL,
    CONSTRAINT event_retention_pkey PRIMARY KEY (id),
    CONSTRAINT event_retention_one_row CHECK (id)
);
INSERT INTO event_retention (days) VALUES (30);

CREATE FUNCTION drop_days(before timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT drop_days_before(least(before, now() - days * interval '1 day')) FROM event_retention
$$;

-- Days are made without the statistics targets of their table: to be called once they are made.
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

REVOKE ALL ON FUNCTION make_room(integer), make_a_day(integer), make_day(name, name, date),
    make_day(name, name, date, boolean), give_strays_a_day(), drop_days(timestamptz), drop_days_before(timestamptz),
    keep_no_statistics() FROM PUBLIC;

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

ALTER TABLE events ALTER user_id SET STATISTICS 0, ALTER request_id SET STATISTICS 0, ALTER body SET STATISTICS 0;

-- Changes whose deliveries are not made yet. Written in the statement that writes the event, once the user is locked: the numbers of one
-- user's markers follow their sequence, and a marker that can be seen has all before it of the same user beside it. Across
-- users numbers become visible in any order, so readers take what is there and remember no number.
-- Claimed over all applications: the one order of a table that has no tenant in front.
CREATE TABLE outbox (
    seq               bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    order_key         bigint      NOT NULL,
    version           bigint      NOT NULL,
    sequence          bigint      NOT NULL,
    event_recorded_at timestamptz NOT NULL DEFAULT now(),
    application_id    uuid        NOT NULL,
    user_id           uuid        NOT NULL,
    event_id          uuid        NOT NULL,
    webhook_type      text        NOT NULL COLLATE "C",
    -- Among which users the change found its user, and among which it left it. None: among none, as before a creation and
    -- after a deletion. Both are none where the change moved nobody.
    status_before     text                 COLLATE "C",
    status_after      text                 COLLATE "C",
    CONSTRAINT outbox_pkey PRIMARY KEY (seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

ALTER TABLE outbox ALTER user_id SET STATISTICS 0;
