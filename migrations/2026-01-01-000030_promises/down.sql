-- Who may call the new ones may call the former ones again.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT p.oid::regprocedure AS former, a.grantee::regrole AS role
        FROM pg_proc n CROSS JOIN aclexplode(n.proacl) a
        JOIN pg_proc p ON p.pronamespace = n.pronamespace
            AND (p.proname, n.proname) IN (('drop_days_before', 'drop_days'), ('erase_users', 'purge_users'))
        WHERE n.pronamespace = 'public'::regnamespace AND a.grantee NOT IN (0, n.proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', granted.former, granted.role);
    END LOOP;
END
$$;
DROP TRIGGER applications_retention_shortened_by_owner ON applications;
DROP FUNCTION refuse_shorter_retention();
DROP FUNCTION purge_users(uuid, uuid, uuid[], bigint[], timestamptz);
DROP FUNCTION deletions_over(uuid, uuid[], timestamptz);
ALTER FUNCTION erase_users(uuid, uuid, uuid[], bigint[], timestamptz) RENAME TO purge_users;
DROP FUNCTION drop_days(timestamptz);
ALTER FUNCTION drop_days_before(timestamptz) RENAME TO drop_days;
DROP TABLE event_retention;
DROP POLICY audit_entries_of_now ON audit_entries;
DROP POLICY audit_entries_read ON audit_entries;
ALTER TABLE audit_entries DISABLE ROW LEVEL SECURITY;
