-- What is to be sent, what was tried, and what was given up on.

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

CREATE TABLE webhook_attempts_default PARTITION OF webhook_attempts DEFAULT;

SELECT make_room(2);

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
