-- Tenants, and the keys that callers show.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE applications (
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    environment     text        NOT NULL COLLATE "C",
    verified_fields text        NOT NULL COLLATE "C",
    created_at      timestamptz NOT NULL,
    CONSTRAINT applications_pkey PRIMARY KEY (id),
    CONSTRAINT applications_environment_known CHECK (environment IN ('live', 'sandbox')),
    CONSTRAINT applications_verified_fields_known CHECK (verified_fields IN ('read_only', 'override'))
);

-- Found by digest before anybody knows the application: the one table whose keys do not begin with it.
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
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_application_fkey FOREIGN KEY (application_id) REFERENCES applications (id),
    CONSTRAINT api_keys_kind_known CHECK (kind IN ('role', 'service')),
    CONSTRAINT api_keys_role_known CHECK (role IN ('OWNER', 'ADMIN', 'COMPLIANCE_OFFICER', 'DEVELOPER', 'READER')),
    CONSTRAINT api_keys_role_iff_kind CHECK ((kind = 'role') = (role IS NOT NULL)),
    CONSTRAINT api_keys_digest_length CHECK (octet_length(digest) = 32)
);

CREATE INDEX api_keys_by_age ON api_keys (application_id, created_at, id);
