-- Destinations, pending deliveries, attempts and dead letters. The settings of clients are stored separately from the
-- state that every attempt changes (the lane). Lock order: the destination first, then its lane; several lanes in the
-- order of their numbers.

CREATE TABLE webhook_destinations (
    application_id    uuid        NOT NULL,
    id                uuid        NOT NULL,
    label             text        NOT NULL,
    url               text        NOT NULL COLLATE "C",
    webhook_version   text        NOT NULL COLLATE "C",
    subscribed_events text[]      NOT NULL COLLATE "C",
    ordering          text        NOT NULL COLLATE "C",
    created_at        timestamptz NOT NULL,
    -- The last change by a client.
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
    -- Encrypted with the key ring.
    sealed         bytea       NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- NULL: until a newer secret exists.
    signs_until    timestamptz,
    CONSTRAINT webhook_secrets_pkey PRIMARY KEY (application_id, destination_id, number),
    CONSTRAINT webhook_secrets_destination_fkey FOREIGN KEY (application_id, destination_id)
        REFERENCES webhook_destinations (application_id, id) ON DELETE CASCADE
);

-- For re-encrypting all secrets in portions, over all applications.
CREATE UNIQUE INDEX webhook_secrets_by_number ON webhook_secrets (number);

-- The queue and the health of a destination. Created with the destination; all columns but the ids have defaults.
-- A transaction that decides by the deliveries of a lane (due, parked, next) locks the lane in an earlier statement.
CREATE TABLE webhook_lanes (
    lane              bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    application_id    uuid        NOT NULL,
    destination_id    uuid        NOT NULL,
    -- Why and since when nothing is sent. Events that occur while a client has disabled the destination are not
    -- delivered.
    disabled_reason   text                 COLLATE "C",
    disabled_at       timestamptz,
    -- When the lane should be leased: for a lane without a lease, when its first delivery is due, or when it was
    -- released with a due delivery. Lanes are leased in this order, and so take turns.
    wake_at           timestamptz NOT NULL DEFAULT 'infinity',
    -- No attempt before this time.
    paused_until      timestamptz,
    lease_owner       uuid,
    lease_until       timestamptz,
    -- Counts leases. State of the lane is written only under the latest epoch; disabling the lane also increments it.
    lease_epoch       bigint      NOT NULL DEFAULT 0,
    -- The epoch of the owner's lease. The owner may release the lane even if its epoch is no longer the latest.
    leased_epoch      bigint,
    -- NULL: the initial state.
    health            jsonb,
    attempts          bigint      NOT NULL DEFAULT 0,
    failures          bigint      NOT NULL DEFAULT 0,
    total_duration_ms bigint      NOT NULL DEFAULT 0,
    last_attempt_at   timestamptz,
    -- The shortest and the longest attempt.
    min_duration_ms   integer,
    max_duration_ms   integer,
    CONSTRAINT webhook_lanes_pkey PRIMARY KEY (lane),
    CONSTRAINT webhook_lanes_destination_key UNIQUE (application_id, destination_id),
    CONSTRAINT webhook_lanes_destination_fkey FOREIGN KEY (application_id, destination_id)
        REFERENCES webhook_destinations (application_id, id) ON DELETE CASCADE,
    CONSTRAINT webhook_lanes_disabled_reason_known CHECK (disabled_reason IN ('client', 'gone', 'failing')),
    CONSTRAINT webhook_lanes_disabled_whole CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL)),
    CONSTRAINT webhook_lanes_lease_whole CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Workers look for due lanes many times per second.
CREATE INDEX webhook_lanes_awake ON webhook_lanes (wake_at, lane) WHERE disabled_reason IS NULL;

-- Pending deliveries only: settled ones are deleted. No foreign key: it would cost a sixth of the throughput.
CREATE TABLE webhook_deliveries (
    lane              bigint      NOT NULL,
    -- The queue_seq of the event's outbox marker.
    queue_seq         bigint      NOT NULL,
    -- In a destination with per-user ordering, only the first delivery of each key is due.
    order_key         bigint      NOT NULL,
    -- 'infinity': parked behind another delivery with the same key.
    due_at            timestamptz NOT NULL,
    event_recorded_at timestamptz NOT NULL,
    application_id    uuid        NOT NULL,
    event_id          uuid        NOT NULL,
    attempts_made     smallint    NOT NULL DEFAULT 0,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (lane, queue_seq),
    CONSTRAINT webhook_deliveries_attempts_counted CHECK (attempts_made >= 0)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- Includes queue_seq, so that the first due deliveries are read without sorting the lane.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (lane, due_at, queue_seq);
CREATE INDEX webhook_deliveries_by_key ON webhook_deliveries (lane, order_key, queue_seq);

-- Every attempt, in daily partitions, retained as long as events. Attempts of a removed destination stay until their
-- partition is dropped; no query returns them.
CREATE TABLE webhook_attempts (
    application_id    uuid        NOT NULL,
    destination_id    uuid        NOT NULL,
    id                uuid        NOT NULL,
    -- When the attempt ended, by the database's clock.
    created_at        timestamptz NOT NULL DEFAULT now(),
    event_id          uuid        NOT NULL,
    event_recorded_at timestamptz NOT NULL,
    next_attempt_at   timestamptz,
    duration_ms       integer     NOT NULL,
    number            smallint    NOT NULL,
    status_code       smallint,
    webhook_type      text        NOT NULL COLLATE "C",
    trigger           text        NOT NULL COLLATE "C",
    outcome           text        NOT NULL COLLATE "C",
    error             text                 COLLATE "C",
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (application_id, id, created_at),
    CONSTRAINT webhook_attempts_trigger_known CHECK (trigger IN ('schedule', 'resend', 'test')),
    CONSTRAINT webhook_attempts_outcome_known CHECK (outcome IN ('delivered', 'failed', 'dead_lettered'))
) PARTITION BY RANGE (created_at);

CREATE INDEX webhook_attempts_by_time ON webhook_attempts (application_id, destination_id, created_at, id);

-- Responses show a destination with its newest failure: without this index, a healthy destination would need a full
-- scan.
CREATE INDEX webhook_attempts_failed ON webhook_attempts (application_id, destination_id, created_at, id)
    WHERE outcome <> 'delivered';

CREATE TABLE webhook_attempts_default PARTITION OF webhook_attempts DEFAULT;

DO $$ BEGIN
    WHILE create_partition(2) LOOP
    END LOOP;
END $$;
SELECT copy_statistics_targets();

-- Dead-lettered deliveries, until they are recovered or their event is dropped. No foreign key: rows are written while
-- the lane is locked, and the check would lock the destination after it. Removing a destination deletes its dead
-- letters in a later statement.
CREATE TABLE webhook_dead_letters (
    application_id    uuid        NOT NULL,
    destination_id    uuid        NOT NULL,
    queue_seq         bigint      NOT NULL,
    order_key         bigint      NOT NULL,
    event_id          uuid        NOT NULL,
    event_recorded_at timestamptz NOT NULL,
    attempts_made     smallint    NOT NULL,
    dead_at           timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_dead_letters_pkey PRIMARY KEY (application_id, destination_id, queue_seq)
);

-- For finding the dead letter of an event that a client resends.
CREATE INDEX webhook_dead_letters_by_event ON webhook_dead_letters (application_id, destination_id, event_id);

CREATE TABLE webhook_recoveries (
    application_id uuid        NOT NULL,
    destination_id uuid        NOT NULL,
    id             uuid        NOT NULL,
    since          timestamptz NOT NULL,
    state          text        NOT NULL COLLATE "C" DEFAULT 'running',
    recovered      bigint      NOT NULL DEFAULT 0,
    -- The last dead letter processed; NULL: not started.
    reached        bigint,
    created_at     timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz,
    CONSTRAINT webhook_recoveries_pkey PRIMARY KEY (application_id, id),
    CONSTRAINT webhook_recoveries_destination_fkey FOREIGN KEY (application_id, destination_id)
        REFERENCES webhook_destinations (application_id, id) ON DELETE CASCADE,
    CONSTRAINT webhook_recoveries_state_known CHECK (state IN ('running', 'finished')),
    CONSTRAINT webhook_recoveries_finished_whole CHECK ((state = 'finished') = (finished_at IS NOT NULL))
);

CREATE INDEX webhook_recoveries_by_age ON webhook_recoveries (application_id, destination_id, created_at, id);
-- Running recoveries, over all applications.
CREATE INDEX webhook_recoveries_running ON webhook_recoveries (created_at, application_id, id) WHERE state = 'running';

CREATE UNIQUE INDEX webhook_recoveries_one_running ON webhook_recoveries (application_id, destination_id)
    WHERE state = 'running';
