DROP FUNCTION purge_users(uuid, uuid, uuid[], bigint[], timestamptz);
ALTER FUNCTION erase_users(uuid, uuid, uuid[], bigint[], timestamptz) RENAME TO purge_users;
DROP FUNCTION drop_days(timestamptz);
ALTER FUNCTION drop_days_before(timestamptz) RENAME TO drop_days;
DROP TABLE event_retention;
DROP POLICY audit_entries_of_now ON audit_entries;
DROP POLICY audit_entries_read ON audit_entries;
ALTER TABLE audit_entries DISABLE ROW LEVEL SECURITY;
