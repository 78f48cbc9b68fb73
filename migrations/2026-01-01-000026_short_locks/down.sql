DROP FUNCTION give_strays_a_day();
DROP FUNCTION make_a_day(integer);
DROP FUNCTION make_day(name, name, date, boolean);

CREATE OR REPLACE FUNCTION make_room(days_ahead integer) RETURNS void
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

CREATE OR REPLACE FUNCTION make_day(parent name, "column" name, day date) RETURNS void
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

CREATE OR REPLACE FUNCTION drop_days(before timestamptz) RETURNS bigint
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
