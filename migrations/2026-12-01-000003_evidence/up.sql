-- Evidence that other services report about users: one row per session, transaction or risk event, with its newest
-- revision. The user of a row never changes. A row is written only in the statement that writes its user, unless the
-- user is deleted. No foreign keys to users: these tables are hot, and the purge deletes rows and user together.

CREATE TABLE user_sessions (
    application_id     uuid        NOT NULL,
    session_id         text        NOT NULL COLLATE "C",
    user_id            uuid        NOT NULL,
    revision           bigint      NOT NULL,
    status             text        NOT NULL COLLATE "C",
    occurred_at        timestamptz NOT NULL,
    -- Over all revisions ever reported, including stale ones.
    first_seen_at      timestamptz NOT NULL,
    last_seen_at       timestamptz NOT NULL,
    -- Feature to status.
    features           jsonb       NOT NULL,
    -- The result of an approved session; other sessions store no personal data here.
    full_name          text,
    date_of_birth      date,
    issuing_state      text                 COLLATE "C",
    portrait_image_url text                 COLLATE "C",
    emails             text[]      NOT NULL COLLATE "C",
    phones             text[]      NOT NULL COLLATE "C",
    -- A 32-byte digest of the newest revision as it was received, if part of it could not be used, otherwise NULL. It
    -- identifies repeated reports.
    incomplete_digest  bytea,
    CONSTRAINT user_sessions_pkey PRIMARY KEY (application_id, session_id),
    CONSTRAINT user_sessions_revision_counts CHECK (revision >= 1),
    CONSTRAINT user_sessions_status_known CHECK (status IN ('Not Started', 'In Progress', 'Awaiting User', 'In Review',
        'Approved', 'Declined', 'Resubmitted', 'Abandoned', 'Expired', 'Kyc Expired')),
    CONSTRAINT user_sessions_seen_in_order CHECK (first_seen_at <= last_seen_at),
    CONSTRAINT user_sessions_features_object CHECK (jsonb_typeof(features) = 'object'),
    CONSTRAINT user_sessions_person_of_approved CHECK (status = 'Approved'
        OR (coalesce(full_name, date_of_birth::text, issuing_state, portrait_image_url) IS NULL
            AND emails = '{}' AND phones = '{}'))
);

-- In the order in which sessions are read in portions.
CREATE INDEX user_sessions_by_user ON user_sessions (application_id, user_id, session_id);

CREATE TABLE user_transactions (
    application_id uuid        NOT NULL,
    transaction_id text        NOT NULL COLLATE "C",
    user_id        uuid        NOT NULL,
    revision       bigint      NOT NULL,
    status         text        NOT NULL COLLATE "C",
    occurred_at    timestamptz NOT NULL,
    -- Over all revisions ever reported, including stale ones.
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    -- The actions that the matched rules request.
    rule_actions   text[]      NOT NULL COLLATE "C",
    -- As in user_sessions.
    incomplete_digest bytea,
    CONSTRAINT user_transactions_pkey PRIMARY KEY (application_id, transaction_id),
    CONSTRAINT user_transactions_revision_counts CHECK (revision >= 1),
    CONSTRAINT user_transactions_status_known
        CHECK (status IN ('APPROVED', 'IN_REVIEW', 'DECLINED', 'AWAITING_USER')),
    CONSTRAINT user_transactions_actions_known CHECK (rule_actions <@ ARRAY['flag', 'block']),
    CONSTRAINT user_transactions_seen_in_order CHECK (first_seen_at <= last_seen_at)
);

-- Includes the time, so that the latest transaction of a user is one index read.
CREATE INDEX user_transactions_by_user ON user_transactions (application_id, user_id, last_seen_at);

CREATE TABLE user_risk_events (
    application_id uuid        NOT NULL,
    event_id       text        NOT NULL COLLATE "C",
    user_id        uuid        NOT NULL,
    kind           text        NOT NULL COLLATE "C",
    detail         text,
    recorded_at    timestamptz NOT NULL DEFAULT now(),
    -- As in user_sessions.
    incomplete_digest bytea,
    CONSTRAINT user_risk_events_pkey PRIMARY KEY (application_id, event_id),
    CONSTRAINT user_risk_events_kind_known CHECK (kind IN ('ongoing_aml', 'blocklist_match'))
);

CREATE INDEX user_risk_events_by_user ON user_risk_events (application_id, user_id);

-- No statistics for columns that no plan needs (docs/adr/0024).
ALTER TABLE user_sessions ALTER session_id SET STATISTICS 0, ALTER user_id SET STATISTICS 0,
    ALTER features SET STATISTICS 0, ALTER full_name SET STATISTICS 0, ALTER date_of_birth SET STATISTICS 0,
    ALTER issuing_state SET STATISTICS 0, ALTER portrait_image_url SET STATISTICS 0, ALTER emails SET STATISTICS 0,
    ALTER phones SET STATISTICS 0, ALTER incomplete_digest SET STATISTICS 0;
ALTER TABLE user_transactions ALTER transaction_id SET STATISTICS 0, ALTER user_id SET STATISTICS 0,
    ALTER incomplete_digest SET STATISTICS 0;
ALTER TABLE user_risk_events ALTER event_id SET STATISTICS 0, ALTER user_id SET STATISTICS 0,
    ALTER detail SET STATISTICS 0, ALTER incomplete_digest SET STATISTICS 0;
