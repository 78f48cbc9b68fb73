-- Applications (tenants), their API keys, and the check value for the encryption keys.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE applications (
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    environment     text        NOT NULL COLLATE "C",
    verified_fields text        NOT NULL COLLATE "C",
    created_at      timestamptz NOT NULL,
    auto_block_on_decline       boolean NOT NULL DEFAULT false,
    retention_days              bigint  NOT NULL DEFAULT 1825,
    -- NULL uses the server's configured limit, 0 sets no limit.
    rate_limit_get_per_minute   bigint,
    rate_limit_write_per_minute bigint,
    -- Whether the block of a deleted user still applies to its vendor_data until the user is purged.
    block_survives_deletion     boolean NOT NULL DEFAULT true,
    CONSTRAINT applications_pkey PRIMARY KEY (id),
    CONSTRAINT applications_environment_known CHECK (environment IN ('live', 'sandbox')),
    CONSTRAINT applications_verified_fields_known CHECK (verified_fields IN ('read_only', 'override')),
    CONSTRAINT applications_retention_in_range CHECK (retention_days BETWEEN 0 AND 36500),
    CONSTRAINT applications_rate_limits_not_negative
        CHECK (rate_limit_get_per_minute >= 0 AND rate_limit_write_per_minute >= 0)
);

-- Only the owner may shorten the retention of deleted users. Changing the id is refused for the same reason: the row
-- would then belong to another application.
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

-- Looked up by digest before the application is known, so its keys do not begin with application_id.
CREATE TABLE api_keys (
    application_id uuid        NOT NULL,
    id             uuid        NOT NULL,
    kind           text        NOT NULL COLLATE "C",
    role           text                 COLLATE "C",
    name           text        NOT NULL,
    digest         bytea       NOT NULL,
    prefix         text        NOT NULL COLLATE "C",
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz,
    last_used_at   timestamptz,
    revoked_at     timestamptz,
    -- Networks in CIDR notation, as the domain formats them; an empty array allows any address.
    allowed_ips    text[]      NOT NULL COLLATE "C" DEFAULT '{}',
    -- NULL uses the application's limit, 0 sets no limit.
    reads_per_minute  bigint,
    writes_per_minute bigint,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_application_fkey FOREIGN KEY (application_id) REFERENCES applications (id),
    CONSTRAINT api_keys_kind_known CHECK (kind IN ('role', 'service')),
    CONSTRAINT api_keys_role_known CHECK (role IN ('OWNER', 'ADMIN', 'COMPLIANCE_OFFICER', 'DEVELOPER', 'READER')),
    CONSTRAINT api_keys_role_iff_kind CHECK ((kind = 'role') = (role IS NOT NULL)),
    CONSTRAINT api_keys_digest_length CHECK (octet_length(digest) = 32),
    CONSTRAINT api_keys_allowed_ips_few CHECK (cardinality(allowed_ips) <= 50),
    CONSTRAINT api_keys_limits_not_negative
        CHECK (reads_per_minute >= 0 AND writes_per_minute >= 0)
);

CREATE INDEX api_keys_by_age ON api_keys (application_id, created_at, id);

-- One sealed check value: a process that cannot open it lacks the encryption keys of this database.
CREATE TABLE key_check (
    id boolean NOT NULL DEFAULT true,
    sealed bytea NOT NULL,
    CONSTRAINT key_check_pkey PRIMARY KEY (id),
    CONSTRAINT key_check_one_row CHECK (id)
);
