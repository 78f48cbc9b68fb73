-- Where events are sent, what is to be sent, what was tried and what was given up on. What clients set is apart from what every
-- attempt changes: the lane. Who locks both takes the destination first, then its lane; several lanes in the order of their
-- numbers.

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

-- What to work on is looked for many times a second.
CREATE INDEX webhook_lanes_awake ON webhook_lanes (wake_at, lane) WHERE disabled_reason IS NULL;

-- Live work only: settled deliveries are gone. No foreign key: at this rate it would cost a sixth.
CREATE TABLE webhook_deliveries (
    lane              bigint      NOT NULL,
    -- The number of the event's marker.
    place             bigint      NOT NULL,
    -- Of one destination ordered per user, only the first with a key is due.
    order_key         bigint      NOT NULL,
    -- 'infinity': parked behind another one with its key.
    due_at            timestamptz NOT NULL,
    event_recorded_at timestamptz NOT NULL,
    application_id    uuid        NOT NULL,
    event_id          uuid        NOT NULL,
    attempts_made     smallint    NOT NULL DEFAULT 0,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (lane, place),
    CONSTRAINT webhook_deliveries_attempts_counted CHECK (attempts_made >= 0)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- With the place in it, so that the first due ones are read without sorting the lane.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (lane, due_at, place);
CREATE INDEX webhook_deliveries_by_key ON webhook_deliveries (lane, order_key, place);

-- Every attempt, kept by days as long as events. Those of a destination that is gone stay until then; nothing finds them.
CREATE TABLE webhook_attempts (
    application_id    uuid        NOT NULL,
    destination_id    uuid        NOT NULL,
    id                uuid        NOT NULL,
    -- When it was over, by the database's clock.
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

-- The newest failure of a destination is shown with it: without this a healthy one would be searched whole.
CREATE INDEX webhook_attempts_failed ON webhook_attempts (application_id, destination_id, created_at, id)
    WHERE outcome <> 'delivered';

CREATE TABLE webhook_attempts_default PARTITION OF webhook_attempts DEFAULT;

SELECT make_room(2);
SELECT keep_no_statistics();

-- What was given up on, until it is recovered or its event goes. No foreign key: rows are written under the lock of the
-- lane, and the check would lock the destination after it. Whoever removes a destination removes them in a later statement.
CREATE TABLE webhook_dead_letters (
    application_id    uuid        NOT NULL,
    destination_id    uuid        NOT NULL,
    place             bigint      NOT NULL,
    order_key         bigint      NOT NULL,
    event_id          uuid        NOT NULL,
    event_recorded_at timestamptz NOT NULL,
    attempts_made     smallint    NOT NULL,
    dead_at           timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_dead_letters_pkey PRIMARY KEY (application_id, destination_id, place)
);

-- An event that was resent by hand is looked for among what was given up on.
CREATE INDEX webhook_dead_letters_by_event ON webhook_dead_letters (application_id, destination_id, event_id);

CREATE TABLE webhook_recoveries (
    application_id uuid        NOT NULL,
    destination_id uuid        NOT NULL,
    id             uuid        NOT NULL,
    since          timestamptz NOT NULL,
    state          text        NOT NULL COLLATE "C" DEFAULT 'running',
    recovered      bigint      NOT NULL DEFAULT 0,
    -- The place of the dead letter it took up last; none: it has not begun.
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
-- What is left to do, over all applications.
CREATE INDEX webhook_recoveries_running ON webhook_recoveries (created_at, application_id, id) WHERE state = 'running';

CREATE UNIQUE INDEX webhook_recoveries_one_running ON webhook_recoveries (application_id, destination_id)
    WHERE state = 'running';
