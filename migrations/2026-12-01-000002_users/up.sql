-- Users, their search text, and the tags and user counts of each application.
-- No foreign key to applications: these tables are hot, and applications are never deleted.

CREATE TABLE users (
    application_id              uuid        NOT NULL,
    id                          uuid        NOT NULL,
    vendor_data                 text        NOT NULL COLLATE "C",
    status                      text        NOT NULL COLLATE "C",
    display_name                text,
    -- '' if there is no name, otherwise '1' and the normalised name, so that users without a name sort first.
    display_sort                text        NOT NULL COLLATE "C",
    declared_full_name          text,
    declared_date_of_birth      date,
    declared_emails             text[]      NOT NULL COLLATE "C",
    declared_phones             text[]      NOT NULL COLLATE "C",
    declared_issuing_states     text[]      NOT NULL COLLATE "C",
    verified_full_name          text,
    verified_date_of_birth      date,
    verified_portrait_image_url text                 COLLATE "C",
    verified_emails             text[]      NOT NULL COLLATE "C",
    verified_phones             text[]      NOT NULL COLLATE "C",
    verified_issuing_states     text[]      NOT NULL COLLATE "C",
    override_full_name          text,
    override_date_of_birth      date,
    session_count               bigint      NOT NULL,
    approved_count              bigint      NOT NULL,
    declined_count              bigint      NOT NULL,
    in_review_count             bigint      NOT NULL,
    -- Feature to latest status.
    features                    jsonb       NOT NULL,
    first_session_at            timestamptz,
    last_session_at             timestamptz,
    last_activity_at            timestamptz NOT NULL,
    -- [{"name", "added_by", "added_at"}] in the given order; the table `tags` describes the tags.
    tags                        jsonb       NOT NULL,
    -- json, not jsonb: responses contain the canonical text unchanged. Filters compare it as jsonb.
    metadata                    json        NOT NULL,
    created_at                  timestamptz NOT NULL,
    updated_at                  timestamptz NOT NULL,
    deleted_at                  timestamptz,
    version                     bigint      NOT NULL,
    sequence                    bigint      NOT NULL,
    -- The source of each verified value: {"full_name": {"session_id", "at"}, "date_of_birth": …,
    -- "portrait_image_url": …}.
    verified_sources            jsonb       NOT NULL DEFAULT '{}',
    legal_hold_since            timestamptz,
    legal_hold_reason           text,
    CONSTRAINT users_pkey PRIMARY KEY (application_id, id),
    CONSTRAINT users_vendor_data_length CHECK (octet_length(vendor_data) BETWEEN 1 AND 2000),
    CONSTRAINT users_status_known CHECK (status IN ('ACTIVE', 'FLAGGED', 'BLOCKED')),
    CONSTRAINT users_display_sort_of_name CHECK ((display_name IS NULL) = (display_sort = '')),
    CONSTRAINT users_verified_sources_object CHECK (jsonb_typeof(verified_sources) = 'object'),
    CONSTRAINT users_legal_hold_whole CHECK ((legal_hold_since IS NULL) = (legal_hold_reason IS NULL)),
    CONSTRAINT users_counters_not_negative
        CHECK (session_count >= 0 AND approved_count >= 0 AND declined_count >= 0 AND in_review_count >= 0),
    CONSTRAINT users_features_object CHECK (jsonb_typeof(features) = 'object'),
    CONSTRAINT users_tags_array CHECK (jsonb_typeof(tags) = 'array'),
    CONSTRAINT users_metadata_object CHECK (json_typeof(metadata) = 'object'),
    CONSTRAINT users_version_counts CHECK (version >= 1 AND sequence >= 0)
);

-- The vendor_data of a deleted user can be used again.
CREATE UNIQUE INDEX users_vendor_data_key ON users (application_id, vendor_data) WHERE deleted_at IS NULL;

-- One index per sort order; each is read in both directions.
-- Includes last_session_at, so that deep offsets in the default order use an index-only scan, as in the other orders.
CREATE INDEX users_by_last_session ON users (application_id, coalesce(last_session_at, '-infinity'), id)
    INCLUDE (last_session_at)
    WHERE deleted_at IS NULL;
CREATE INDEX users_by_creation ON users (application_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_update ON users (application_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_activity ON users (application_id, last_activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_display_name ON users (application_id, display_sort, id) WHERE deleted_at IS NULL;

-- The work queue of analysts: few users among many, in the default order of lists.
CREATE INDEX users_not_active ON users (application_id, status, coalesce(last_session_at, '-infinity'), id)
    WHERE deleted_at IS NULL AND status <> 'ACTIVE';

-- Batch jobs over all live users read this index. The primary key also contains every deleted user.
CREATE INDEX users_live_ids ON users (application_id, id) INCLUDE (created_at) WHERE deleted_at IS NULL;

-- One index per filter that can match few users. Not partial: for an expression the planner uses only statistics over
-- all rows; without them it estimates a rare value as a common one. Every look-up scans the whole pending list of a GIN
-- index: a short list (in kB) keeps look-ups fast.
CREATE INDEX users_by_tag ON users
    USING gin (application_id, tags jsonb_path_ops) WITH (gin_pending_list_limit = 512);
CREATE INDEX users_by_metadata ON users
    USING gin (application_id, (metadata::jsonb) jsonb_path_ops) WITH (gin_pending_list_limit = 512);
CREATE INDEX users_by_country ON users
    USING gin (application_id, (declared_issuing_states || verified_issuing_states))
    WITH (gin_pending_list_limit = 512);

-- Deleted users in the order of their deletion, for lists and for the purge.
CREATE INDEX users_deleted ON users (application_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

-- The latest deleted user with a vendor_data. Reading the audit trail by vendor_data uses this index as well.
CREATE INDEX users_deleted_names ON users (application_id, vendor_data, deleted_at, id) WHERE deleted_at IS NOT NULL;

-- The live user with a vendor_data, and the status of the last deleted user that had it. Functions, because their
-- planner settings force the one suitable index, also on tables that were never analysed. In PL/pgSQL, which caches
-- plans.
CREATE FUNCTION live_user_id(of_application uuid, name text) RETURNS uuid
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
    RETURN (
        SELECT id FROM users
        WHERE application_id = of_application AND vendor_data BETWEEN name AND name AND deleted_at IS NULL
        ORDER BY vendor_data LIMIT 1
    );
END
$$;

CREATE FUNCTION last_deleted_status(of_application uuid, name text) RETURNS text
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
    RETURN (
        SELECT status FROM users
        WHERE application_id = of_application AND vendor_data BETWEEN name AND name AND deleted_at IS NOT NULL
        ORDER BY vendor_data DESC, deleted_at DESC, id DESC LIMIT 1
    );
END
$$;

-- A separate table, so that updates of other user columns do not touch the trigram index.
CREATE TABLE user_search (
    application_id uuid     NOT NULL,
    user_id        uuid     NOT NULL,
    -- The searched fields, normalised, one per line. In the database's default collation: under "C" only ASCII has
    -- trigrams.
    body           text     NOT NULL,
    -- Every sequence of one or two characters, which trigrams cannot find.
    short_grams    text[]   NOT NULL COLLATE "C",
    -- The version of the normalisation that produced this row.
    norm_version   smallint NOT NULL,
    CONSTRAINT user_search_pkey PRIMARY KEY (application_id, user_id)
);

-- Short pending lists, as above.
CREATE INDEX user_search_by_trigram ON user_search
    USING gin (application_id, body gin_trgm_ops) WITH (gin_pending_list_limit = 512);
CREATE INDEX user_search_by_short_gram ON user_search
    USING gin (application_id, short_grams) WITH (gin_pending_list_limit = 512);

CREATE TABLE tags (
    application_id uuid        NOT NULL,
    name           text        NOT NULL COLLATE "C",
    description    text        NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT tags_pkey PRIMARY KEY (application_id, name),
    CONSTRAINT tags_name_length CHECK (char_length(name) BETWEEN 1 AND 64)
);

ALTER TABLE tags ALTER name SET STATISTICS 0;

-- The key of the advisory lock on an application's tags: shared while a tag is given to a user, exclusive while unused
-- tags are removed.
CREATE FUNCTION tags_lock(of_application uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended('tags of ' || of_application::text, 0);

-- The number of users of an application by status, for estimated counts. Each change records its effect in its outbox
-- marker, and the sequencer adds the effects up, so that no write waits for the count of another write.
CREATE TABLE user_counts (
    application_id uuid   NOT NULL,
    status         text   NOT NULL COLLATE "C",
    -- Includes only changes that are already sequenced.
    users          bigint NOT NULL,
    CONSTRAINT user_counts_pkey PRIMARY KEY (application_id, status),
    CONSTRAINT user_counts_status_known CHECK (status IN ('ACTIVE', 'FLAGGED', 'BLOCKED')),
    CONSTRAINT user_counts_not_negative CHECK (users >= 0)
) WITH (fillfactor = 50);
