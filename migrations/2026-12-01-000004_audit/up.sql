-- The audit trail: what stays for ever, and beside it what may be erased.

-- Refuses every change of history but those of the transaction in which `purge_users` says so; TRUNCATE there too.
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

-- Holds nothing personal.
CREATE TABLE audit_entries (
    application_id uuid        NOT NULL,
    id             uuid        NOT NULL,
    -- None: the entry is about the application itself.
    user_id        uuid,
    at             timestamptz NOT NULL,
    actor_kind     text        NOT NULL COLLATE "C",
    actor_key      uuid,
    actor_role     text                 COLLATE "C",
    operation      text        NOT NULL COLLATE "C",
    kind           text        NOT NULL COLLATE "C",
    fields         text[]      NOT NULL COLLATE "C",
    request_id     text        NOT NULL COLLATE "C",
    -- SHA-256 over salt, header and detail: proves what the detail was, even once it is erased.
    commitment     bytea       NOT NULL,
    CONSTRAINT audit_entries_pkey PRIMARY KEY (application_id, id),
    CONSTRAINT audit_entries_actor_kind_known CHECK (actor_kind IN ('key', 'service', 'system')),
    CONSTRAINT audit_entries_actor_key_of_kind CHECK ((actor_kind = 'system') = (actor_key IS NULL)),
    CONSTRAINT audit_entries_actor_role_of_kind CHECK ((actor_kind = 'key') = (actor_role IS NOT NULL)),
    CONSTRAINT audit_entries_actor_role_known
        CHECK (actor_role IN ('OWNER', 'ADMIN', 'COMPLIANCE_OFFICER', 'DEVELOPER', 'READER')),
    CONSTRAINT audit_entries_commitment_length CHECK (octet_length(commitment) = 32)
);

-- The latest comments of a user. The kinds are those that the domain calls comments.
CREATE INDEX audit_entries_comments ON audit_entries (application_id, user_id, at, id)
    WHERE kind IN ('STATUS_CHANGED', 'METADATA_UPDATED', 'TAG_ADDED', 'TAG_REMOVED', 'PROFILE_UPDATED', 'COMMENT');

-- What the audit trail is read by, newest first: an index for each question, with the order of the pages at its end
-- (docs/adr/0016).

-- All of it, and by time. The predicate holds for every entry, but only a question that repeats it is answered from here.
-- Others never are: for a key that did most of what was ever done, but nothing lately, that would be a walk through
-- everybody else's entries.
CREATE INDEX audit_entries_by_time ON audit_entries (application_id, at, id) WHERE kind <> '';

-- What a key did.
CREATE INDEX audit_entries_by_actor ON audit_entries (application_id, actor_key, at, id) WHERE actor_key IS NOT NULL;

-- Deletions among millions of reports.
CREATE INDEX audit_entries_by_operation ON audit_entries (application_id, operation, at, id);

-- What a support case begins with.
CREATE INDEX audit_entries_by_request ON audit_entries (application_id, request_id, at, id);

-- What happened to a user is read from this index and from that of its comments: each entry is in one of the two.
CREATE INDEX audit_entries_not_comments ON audit_entries (application_id, user_id, at, id)
    WHERE user_id IS NOT NULL AND kind NOT IN
        ('STATUS_CHANGED', 'METADATA_UPDATED', 'TAG_ADDED', 'TAG_REMOVED', 'PROFILE_UPDATED', 'COMMENT');

-- What belongs to one user is found by it.
CREATE INDEX audit_entries_by_user ON audit_entries (application_id, user_id) WHERE user_id IS NOT NULL;

CREATE TABLE audit_details (
    application_id uuid  NOT NULL,
    entry_id       uuid  NOT NULL,
    salt           bytea NOT NULL,
    -- Text, not jsonb: the commitment covers these very bytes.
    detail         text  NOT NULL,
    -- What a user's detail shows of an entry, where that is less than what is kept. None: the detail itself.
    shown          text,
    CONSTRAINT audit_details_pkey PRIMARY KEY (application_id, entry_id),
    CONSTRAINT audit_details_salt_length CHECK (octet_length(salt) = 32)
);

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER audit_details_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_details
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- Entries are of now. Only the owner may write others: it restores dumps.
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_entries_read ON audit_entries FOR SELECT USING (true);
CREATE POLICY audit_entries_of_now ON audit_entries FOR INSERT
    WITH CHECK (at BETWEEN now() - interval '15 minutes' AND now() + interval '15 minutes');

-- No statistics of what plans do not need (docs/adr/0024).
ALTER TABLE audit_details ALTER detail SET STATISTICS 0, ALTER salt SET STATISTICS 0, ALTER shown SET STATISTICS 0;
ALTER TABLE audit_entries ALTER user_id SET STATISTICS 0, ALTER request_id SET STATISTICS 0;
