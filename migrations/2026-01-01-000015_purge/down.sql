DROP FUNCTION purge_users(uuid, uuid, uuid[], bigint[], timestamptz);
DROP FUNCTION awaiting_delivery(uuid, uuid[], bigint[]);
DROP FUNCTION finish_purge(uuid);
DROP FUNCTION begin_purge(uuid);
DROP TABLE purge_runs;
DROP INDEX changes_by_user;
DROP INDEX audit_entries_by_user;

CREATE OR REPLACE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are history', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
