-- The audit trail: permanent entries, and separately their details, which can be erased.

-- Refuses every UPDATE, DELETE and TRUNCATE of history tables, except the changes that `purge_users` makes in the
-- transaction it has marked. TRUNCATE is refused there as well.
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('users.purging', true) = pg_current_xact_id_if_assigned()::text
        AND (TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_details'
            OR TG_OP = 'UPDATE' AND TG_TABLE_NAME IN ('audit_entries', 'events')) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows are history', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- Contains no personal data.
CREATE TABLE audit_entries (
    application_id uuid        NOT NULL,
    id             uuid        NOT NULL,
    -- NULL: the entry concerns the application itself.
    user_id        uuid,
    at             timestamptz NOT NULL,
    actor_kind     text        NOT NULL COLLATE "C",
    actor_key      uuid,
    actor_role     text                 COLLATE "C",
    operation      text        NOT NULL COLLATE "C",
    kind           text        NOT NULL COLLATE "C",
    fields         text[]      NOT NULL COLLATE "C",
    request_id     text        NOT NULL COLLATE "C",
    -- SHA-256 over salt, header and detail: proves the content of the detail even after its erasure.
    commitment     bytea       NOT NULL,
    CONSTRAINT audit_entries_pkey PRIMARY KEY (application_id, id),
    CONSTRAINT audit_entries_actor_kind_known CHECK (actor_kind IN ('key', 'service', 'system')),
    CONSTRAINT audit_entries_actor_key_of_kind CHECK ((actor_kind = 'system') = (actor_key IS NULL)),
    CONSTRAINT audit_entries_actor_role_of_kind CHECK ((actor_kind = 'key') = (actor_role IS NOT NULL)),
    CONSTRAINT audit_entries_actor_role_known
        CHECK (actor_role IN ('OWNER', 'ADMIN', 'COMPLIANCE_OFFICER', 'DEVELOPER', 'READER')),
    CONSTRAINT audit_entries_commitment_length CHECK (octet_length(commitment) = 32)
);

-- The latest comments of a user. The kinds are those that the domain defines as comments.
CREATE INDEX audit_entries_comments ON audit_entries (application_id, user_id, at, id)
    WHERE kind IN ('STATUS_CHANGED', 'METADATA_UPDATED', 'TAG_ADDED', 'TAG_REMOVED', 'PROFILE_UPDATED', 'COMMENT');

-- One index per filter of the audit trail, newest entries first, each ending with the sort order of the pages
-- (docs/adr/0016).

-- All entries, and filters by time. The predicate is true for every entry, but the planner uses this index only for a
-- query that repeats it. Other queries must not use it: for a key with many entries but none recently, it would scan
-- the entries of all other keys.
CREATE INDEX audit_entries_by_time ON audit_entries (application_id, at, id) WHERE kind <> '';

-- Entries by API key.
CREATE INDEX audit_entries_by_actor ON audit_entries (application_id, actor_key, at, id) WHERE actor_key IS NOT NULL;

-- Entries by operation: for example deletions among millions of reports.
CREATE INDEX audit_entries_by_operation ON audit_entries (application_id, operation, at, id);

-- Entries by request id, where a support case starts.
CREATE INDEX audit_entries_by_request ON audit_entries (application_id, request_id, at, id);

-- The entries of a user are read from this index and from audit_entries_comments: each entry is in one of the two.
CREATE INDEX audit_entries_not_comments ON audit_entries (application_id, user_id, at, id)
    WHERE user_id IS NOT NULL AND kind NOT IN
        ('STATUS_CHANGED', 'METADATA_UPDATED', 'TAG_ADDED', 'TAG_REMOVED', 'PROFILE_UPDATED', 'COMMENT');

-- All entries of one user, for the purge.
CREATE INDEX audit_entries_by_user ON audit_entries (application_id, user_id) WHERE user_id IS NOT NULL;

CREATE TABLE audit_details (
    application_id uuid  NOT NULL,
    entry_id       uuid  NOT NULL,
    salt           bytea NOT NULL,
    -- Text, not jsonb: the commitment covers exactly these bytes.
    detail         text  NOT NULL,
    -- The part of the detail that the user's detail response shows, if it is less than the stored detail. NULL: all of
    -- it.
    shown          text,
    CONSTRAINT audit_details_pkey PRIMARY KEY (application_id, entry_id),
    CONSTRAINT audit_details_salt_length CHECK (octet_length(salt) = 32)
);

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER audit_details_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_details
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- New entries carry the current time. Only the owner may insert other times, to restore dumps.
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_entries_read ON audit_entries FOR SELECT USING (true);
CREATE POLICY audit_entries_of_now ON audit_entries FOR INSERT
    WITH CHECK (at BETWEEN now() - interval '15 minutes' AND now() + interval '15 minutes');

-- No statistics for columns that no plan needs (docs/adr/0024).
ALTER TABLE audit_details ALTER detail SET STATISTICS 0, ALTER salt SET STATISTICS 0, ALTER shown SET STATISTICS 0;
ALTER TABLE audit_entries ALTER user_id SET STATISTICS 0, ALTER request_id SET STATISTICS 0;
