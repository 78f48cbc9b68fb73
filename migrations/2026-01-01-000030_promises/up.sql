-- What the runtime role is trusted with no longer: the time of an entry, a shorter retention, the end of a legal hold.

-- Entries are of now. Only the owner may write others: it restores dumps.
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_entries_read ON audit_entries FOR SELECT USING (true);
CREATE POLICY audit_entries_of_now ON audit_entries FOR INSERT
    WITH CHECK (at BETWEEN now() - interval '15 minutes' AND now() + interval '15 minutes');

-- How long deleted users are kept is shortened by the owner alone. A row of another id would be another application's.
CREATE FUNCTION refuse_shorter_retention() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RAISE EXCEPTION 'permission denied to shorten the retention of an application'
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'applications_retention_shortened_by_owner';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER applications_retention_shortened_by_owner BEFORE UPDATE ON applications FOR EACH ROW
    WHEN (NEW.retention_days < OLD.retention_days OR NEW.id <> OLD.id) EXECUTE FUNCTION refuse_shorter_retention();

-- How long events and the log of attempts are kept at least; the owner sets it when it migrates.
CREATE TABLE event_retention (
    id   boolean NOT NULL DEFAULT true,
    days integer NOT NULL,
    CONSTRAINT event_retention_pkey PRIMARY KEY (id),
    CONSTRAINT event_retention_one_row CHECK (id)
);
INSERT INTO event_retention (days) VALUES (30);

ALTER FUNCTION drop_days(timestamptz) RENAME TO drop_days_before;

CREATE FUNCTION drop_days(before timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT drop_days_before(least(before, now() - days * interval '1 day')) FROM event_retention
$$;

ALTER FUNCTION purge_users(uuid, uuid, uuid[], bigint[], timestamptz) RENAME TO erase_users;

-- Those of these users whose deletion, by the audit trail, is older than that time and the retention of their application, whatever
-- their rows say; and whether, by the audit trail, a legal hold lies on them. The end of a hold counts half an hour later:
-- entries may be a quarter of an hour away from now, and a hold that was lifted by mistake can be set again.
CREATE FUNCTION deletions_over(of_application uuid, ids uuid[], deleted_by timestamptz)
RETURNS TABLE (id uuid, is_held boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    SELECT given.id, coalesce(hold.is_set, false)
    FROM applications a CROSS JOIN unnest(ids) given (id)
    CROSS JOIN LATERAL (
        SELECT e.kind, e.at FROM audit_entries e
        WHERE e.application_id = of_application AND e.user_id = given.id AND e.kind IN ('DELETED', 'RESTORED')
        ORDER BY e.at DESC, e.id DESC LIMIT 1
    ) deletion
    LEFT JOIN LATERAL (
        SELECT e.kind = 'LEGAL_HOLD_SET' AS is_set FROM audit_entries e
        WHERE e.application_id = of_application AND e.user_id = given.id
            AND (e.kind = 'LEGAL_HOLD_SET' OR e.kind = 'LEGAL_HOLD_LIFTED' AND e.at <= now() - interval '30 minutes')
        ORDER BY e.at DESC, e.id DESC LIMIT 1
    ) hold ON true
    WHERE a.id = of_application AND deletion.kind = 'DELETED'
        AND deletion.at <= least(deleted_by, now() - a.retention_days * interval '1 day')
$$;

-- Erases only those of them on whom no legal hold lies.
CREATE FUNCTION purge_users(run uuid, of_application uuid, ids uuid[], order_keys bigint[], deleted_by timestamptz,
    OUT alone boolean, OUT erased bigint, OUT waiting bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due      uuid[];
    due_keys bigint[];
BEGIN
    SELECT coalesce(array_agg(given.id), '{}'), coalesce(array_agg(given.order_key), '{}') INTO due, due_keys
    FROM unnest(ids, order_keys) given (id, order_key)
    JOIN deletions_over(of_application, ids, deleted_by) o ON o.id = given.id AND NOT o.is_held;
    SELECT e.alone, e.erased, e.waiting INTO alone, erased, waiting
    FROM erase_users(run, of_application, due, due_keys, deleted_by) e;
END
$$;

REVOKE ALL ON FUNCTION drop_days(timestamptz), purge_users(uuid, uuid, uuid[], bigint[], timestamptz) FROM PUBLIC;
-- Who was granted these under their former names has them under the new ones alone.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT p.oid::regprocedure AS former, n.oid::regprocedure AS new, a.grantee::regrole AS role
        FROM pg_proc p CROSS JOIN aclexplode(p.proacl) a
        JOIN pg_proc n ON n.pronamespace = p.pronamespace
            AND (p.proname, n.proname) IN (('drop_days_before', 'drop_days'), ('erase_users', 'purge_users'))
        WHERE p.pronamespace = 'public'::regnamespace AND a.grantee NOT IN (0, p.proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', granted.new, granted.role);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', granted.former, granted.role);
    END LOOP;
END
$$;
