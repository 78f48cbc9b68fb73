-- Where events are sent. What clients set is apart from what every attempt changes: the lane.
-- Who locks both takes the destination first, then its lane; several lanes in the order of their numbers.

CREATE TABLE webhook_destinations (
    application_id    uuid        NOT NULL,
    id                uuid        NOT NULL,
    label             text        NOT NULL,
    url               text        NOT NULL COLLATE "C",
    webhook_version   text        NOT NULL COLLATE "C",
    subscribed_events text[]      NOT NULL COLLATE "C",
    ordering          text        NOT NULL COLLATE "C",
    created_at        timestamptz NOT NULL,
    -- By a client.
    updated_at        timestamptz NOT NULL,
    CONSTRAINT webhook_destinations_pkey PRIMARY KEY (application_id, id),
    CONSTRAINT webhook_destinations_url_key UNIQUE (application_id, url),
    CONSTRAINT webhook_destinations_application_fkey FOREIGN KEY (application_id) REFERENCES applications (id),
    CONSTRAINT webhook_destinations_ordering_known CHECK (ordering IN ('per_user', 'none')),
    CONSTRAINT webhook_destinations_url_length CHECK (char_length(url) BETWEEN 1 AND 2048)
);

CREATE INDEX webhook_destinations_by_age ON webhook_destinations (application_id, created_at, id);

CREATE TABLE webhook_secrets (
    application_id uuid        NOT NULL,
    destination_id uuid        NOT NULL,
    -- Newest last.
    number         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- Only whoever has the key ring can open it.
    sealed         bytea       NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- None: until there is a newer one.
    signs_until    timestamptz,
    CONSTRAINT webhook_secrets_pkey PRIMARY KEY (application_id, destination_id, number),
    CONSTRAINT webhook_secrets_destination_fkey FOREIGN KEY (application_id, destination_id)
        REFERENCES webhook_destinations (application_id, id) ON DELETE CASCADE
);

-- For sealing all of them anew, in portions, over all applications.
CREATE UNIQUE INDEX webhook_secrets_by_number ON webhook_secrets (number);

-- The queue of a destination, and how the destination fares. Made with the destination; all but the ids has a default.
-- Whoever decides by the deliveries of a lane (whether one is due, parked, the next) locks the lane in a statement before.
CREATE TABLE webhook_lanes (
    lane              bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    application_id    uuid        NOT NULL,
    destination_id    uuid        NOT NULL,
    -- Why and since when nothing is sent. For a client's reason, nothing that happens meanwhile is owed.
    disabled_reason   text                 COLLATE "C",
    disabled_at       timestamptz,
    -- When it is worth leasing: while nobody has it, when its first delivery is due, or since it was given back with one due.
    -- Lanes are leased in this order, and so take turns.
    wake_at           timestamptz NOT NULL DEFAULT 'infinity',
    -- No attempt before.
    paused_until      timestamptz,
    lease_owner       uuid,
    lease_until       timestamptz,
    -- Counts leases. Whoever writes about the lane does so under the latest; turning it off counts as one.
    lease_epoch       bigint      NOT NULL DEFAULT 0,
    -- Which of them the owner was given. It may give back the lane also when it may no longer write about it.
    leased_epoch      bigint,
    -- None: as at the beginning.
    health            jsonb,
    attempts          bigint      NOT NULL DEFAULT 0,
    failures          bigint      NOT NULL DEFAULT 0,
    total_duration_ms bigint      NOT NULL DEFAULT 0,
    last_attempt_at   timestamptz,
    CONSTRAINT webhook_lanes_pkey PRIMARY KEY (lane),
    CONSTRAINT webhook_lanes_destination_key UNIQUE (application_id, destination_id),
    CONSTRAINT webhook_lanes_destination_fkey FOREIGN KEY (application_id, destination_id)
        REFERENCES webhook_destinations (application_id, id) ON DELETE CASCADE,
    CONSTRAINT webhook_lanes_disabled_reason_known CHECK (disabled_reason IN ('client', 'gone', 'failing')),
    CONSTRAINT webhook_lanes_disabled_whole CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL)),
    CONSTRAINT webhook_lanes_lease_whole CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- What to work on is looked for many times a second.
CREATE INDEX webhook_lanes_awake ON webhook_lanes (wake_at, lane) WHERE disabled_reason IS NULL;
