-- The audit trail: what stays for ever, and beside it what may be erased.

CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are history', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- Holds nothing personal.
CREATE TABLE audit_entries (
    application_id uuid        NOT NULL,
    id             uuid        NOT NULL,
    user_id        uuid        NOT NULL,
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

CREATE TABLE audit_details (
    application_id uuid  NOT NULL,
    entry_id       uuid  NOT NULL,
    salt           bytea NOT NULL,
    -- Text, not jsonb: the commitment covers these very bytes.
    detail         text  NOT NULL,
    CONSTRAINT audit_details_pkey PRIMARY KEY (application_id, entry_id),
    CONSTRAINT audit_details_salt_length CHECK (octet_length(salt) = 32)
);

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER audit_details_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_details
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
