-- The order of changes: markers that the transaction of a change leaves, and the positions made of them.

-- What has no position yet. Written in the statement that writes the event, once the user is locked: the numbers of one
-- user's markers follow their sequence, and a marker that can be seen has all before it of the same user beside it. Across
-- users numbers become visible in any order, so readers take what is there and remember no number.
-- Claimed over all applications: the one order of a table that has no tenant in front.
CREATE TABLE outbox (
    seq               bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    order_key         bigint      NOT NULL,
    version           bigint      NOT NULL,
    sequence          bigint      NOT NULL,
    event_recorded_at timestamptz NOT NULL DEFAULT now(),
    application_id    uuid        NOT NULL,
    user_id           uuid        NOT NULL,
    event_id          uuid        NOT NULL,
    webhook_type      text        NOT NULL COLLATE "C",
    CONSTRAINT outbox_pkey PRIMARY KEY (seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- What happened in an application, in one order without gaps. Nothing of the changes themselves.
CREATE TABLE changes (
    application_id uuid   NOT NULL,
    position       bigint NOT NULL,
    user_id        uuid   NOT NULL,
    version        bigint NOT NULL,
    kind           text   NOT NULL COLLATE "C",
    CONSTRAINT changes_pkey PRIMARY KEY (application_id, position),
    CONSTRAINT changes_position_positive CHECK (position >= 1)
);

CREATE TABLE change_positions (
    application_id uuid   NOT NULL,
    last           bigint NOT NULL,
    CONSTRAINT change_positions_pkey PRIMARY KEY (application_id)
) WITH (fillfactor = 50);

-- What happened before there were positions. Times of one user never run backwards, and every version left an event.
INSERT INTO changes (application_id, position, user_id, version, kind)
SELECT application_id, row_number() OVER (PARTITION BY application_id ORDER BY created_at, user_id, sequence), user_id,
    dense_rank() OVER (PARTITION BY application_id, user_id ORDER BY created_at), webhook_type
FROM events;
INSERT INTO change_positions (application_id, last) SELECT application_id, max(position) FROM changes GROUP BY 1;
