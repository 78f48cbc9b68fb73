-- Events in daily partitions, so that old events are dropped by day and never deleted row by row; and the outbox
-- markers from which deliveries are created.
--
-- Creating and dropping partitions waits at most 50 ms for a lock and is retried later: a session that waits for a
-- table lock blocks every writer behind it, and a backup can hold its lock for hours. Many rows in a default partition
-- get a partition without being moved. The runtime role cannot create tables; it may only call these functions.

-- Creates at most one missing daily partition: of today and the days ahead, or of a day with few rows in the default
-- partition. One per call, so that the locks are held briefly. Returns whether it created one; the caller repeats the
-- call until it returns false. Returns false as well while another process does the same work.
CREATE FUNCTION create_partition(days_ahead integer) RETURNS boolean
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
        RAISE EXCEPTION 'partitions for % days ahead are refused', days_ahead USING ERRCODE = 'invalid_parameter_value';
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
        -- Attaching a partition scans the default partition and blocks writers meanwhile. If the default partition has
        -- many rows, only the partitions that attach_default_partition requires are created, and no row is moved.
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
                IF create_partition_of(parent.name, parent."column", day, others <= few) THEN
                    RETURN true;
                END IF;
            EXCEPTION
                WHEN lock_not_available THEN
                    -- The other days of this table need the same lock. Until the retry, existing partitions and the
                    -- default partition take the rows.
                    EXIT;
                WHEN check_violation THEN
                    -- Rows of the day were inserted meanwhile: attach_default_partition handles them.
                    NULL;
            END;
        END LOOP;
    END LOOP;
    RETURN false;
END
$$;

-- Creates a separate table and attaches it: creating a partition in place would block all readers and writers of the
-- table. Returns whether the partition was created. Without `may_move` it is created only if the default partition has
-- no row of that day.
CREATE FUNCTION create_partition_of(parent name, "column" name, day date, may_move boolean) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    part       name := parent || to_char(day, '"_"YYYYMMDD');
    other      name := parent || '_default';
    beginning  text := day || ' 00:00:00+00';
    ending     text := (day + 1) || ' 00:00:00+00';
    has_rows   boolean;
    is_history boolean := EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = parent::regclass AND tgname = parent || '_append_only');
BEGIN
    IF NOT may_move THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %1$I WHERE %2$I >= %3$L AND %2$I < %4$L)', other, "column", beginning, ending)
            INTO has_rows;
        IF has_rows THEN
            RETURN false;
        END IF;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', part, parent);
    IF may_move THEN
        -- Attaching takes the same lock, and fails while the default partition has rows of the day.
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

-- Turns a default partition into the partition of the days of its rows, and creates an empty default partition. No row
-- is moved, and all rows stay visible. One step per call, because each must be committed before the next: add a
-- constraint for new rows, validate it against the existing rows (which blocks no session), and exchange the
-- partitions. The new partition is named after its last day and dropped with it. Returns the number of rows concerned;
-- 0 if there was no step.
CREATE FUNCTION attach_default_partition() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent   record;
    other    name;
    promise  name;
    part     name;
    stored   bigint;
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
            parent."column", other) INTO stored, first, last;
        part := parent.name || to_char(last, '"_"YYYYMMDD');
        -- Skips a range that overlaps an existing partition. The day after the last one must have a partition, unless
        -- it is in the past.
        CONTINUE WHEN stored = 0
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
            RETURN stored;
        ELSIF NOT is_valid THEN
            EXECUTE format('ALTER TABLE %I VALIDATE CONSTRAINT %I', other, promise);
            RETURN stored;
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
        RETURN stored;
    END LOOP;
    RETURN 0;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;
END
$$;

-- The minimum retention of events and of the attempt log, in days; the owner sets it when it migrates.
CREATE TABLE event_retention (
    id   boolean NOT NULL DEFAULT true,
    days integer NOT NULL,
    CONSTRAINT event_retention_pkey PRIMARY KEY (id),
    CONSTRAINT event_retention_one_row CHECK (id)
);
INSERT INTO event_retention (days) VALUES (30);

-- Drops the daily partitions that ended before this time and whose minimum retention is over, never today's. Returns
-- the number of dropped days. Partitions whose lock is not available stay for the next call, and so do all of them
-- while another process does the same work.
CREATE FUNCTION drop_partitions(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    oldest_kept text := (
        SELECT to_char(least(before, now(), now() - days * interval '1 day') AT TIME ZONE 'UTC', 'YYYYMMDD')
        FROM event_retention);
    part        record;
    dropped     text[] := '{}';
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
            dropped := dropped || part.day;
        EXCEPTION WHEN lock_not_available THEN
            -- The other partitions need the same lock: each attempt would make writers wait.
            EXIT;
        END;
    END LOOP;
    RETURN (SELECT count(DISTINCT day) FROM unnest(dropped) d (day));
END
$$;

-- New partitions do not inherit the statistics targets of their table; call this after creating them.
CREATE FUNCTION copy_statistics_targets() RETURNS void
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
            -- The partition is being vacuumed: the next call sets it.
            NULL;
        END;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION create_partition(integer), create_partition_of(name, name, date, boolean),
    attach_default_partition(), drop_partitions(timestamptz), copy_statistics_targets() FROM PUBLIC;

CREATE TABLE events (
    application_id   uuid        NOT NULL,
    id               uuid        NOT NULL,
    user_id          uuid        NOT NULL,
    sequence         bigint      NOT NULL,
    webhook_type     text        NOT NULL COLLATE "C",
    created_at       timestamptz NOT NULL,
    -- The database's transaction time; created_at is the server's time.
    recorded_at      timestamptz NOT NULL DEFAULT now(),
    changed_fields   text[]      NOT NULL COLLATE "C",
    request_id       text        NOT NULL COLLATE "C",
    -- The body as it is sent, with 0 in place of the attempt's timestamp. NULL once its user is erased.
    body             text,
    -- The position of that 0, in bytes from the start.
    timestamp_offset integer     NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (application_id, recorded_at, id),
    CONSTRAINT events_webhook_type_known CHECK (webhook_type IN ('user.data.updated', 'user.status.updated')),
    CONSTRAINT events_sequence_positive CHECK (sequence >= 1),
    CONSTRAINT events_timestamp_offset_inside
        CHECK (timestamp_offset >= 0 AND timestamp_offset < octet_length(body))
) PARTITION BY RANGE (recorded_at);

-- Not unique: a unique index cannot span partitions. The version check of each change keeps a user's sequence unique.
CREATE INDEX events_by_user ON events (application_id, user_id, sequence);

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- Contains rows without a daily partition; normally empty.
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE TRIGGER events_default_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events_default
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

ALTER TABLE events ALTER user_id SET STATISTICS 0, ALTER request_id SET STATISTICS 0, ALTER body SET STATISTICS 0;

-- Markers of changes whose deliveries are not created yet. Written in the statement that writes the event, after the
-- user is locked: the markers of one user are numbered in the order of their sequence, and a visible marker implies
-- that all earlier markers of the same user are visible or processed. Across users, numbers become visible in any
-- order, so readers process all visible markers and store no position. Workers claim markers over all applications, so
-- the key does not begin with application_id.
CREATE TABLE outbox (
    queue_seq         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    order_key         bigint      NOT NULL,
    event_recorded_at timestamptz NOT NULL DEFAULT now(),
    application_id    uuid        NOT NULL,
    user_id           uuid        NOT NULL,
    event_id          uuid        NOT NULL,
    webhook_type      text        NOT NULL COLLATE "C",
    -- The user's status before and after the change, for the user counts. NULL before a creation and after a deletion;
    -- both are NULL if the change moves no user between the counts.
    status_before     text                 COLLATE "C",
    status_after      text                 COLLATE "C",
    CONSTRAINT outbox_pkey PRIMARY KEY (queue_seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

ALTER TABLE outbox ALTER user_id SET STATISTICS 0;
