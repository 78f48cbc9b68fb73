-- Erasing users whose retention is over: what goes, what stays of them, and the receipts.
-- Functions that act as the owner do it and nobody else can: the runtime role calls them and has no right to change history.

-- As before, but for the transaction in which `purge_users` says so. TRUNCATE and the wrong kind of change stay refused.
CREATE OR REPLACE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('users.purging', true) = pg_current_xact_id_if_assigned()::text
        AND (TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_details'
            OR TG_OP = 'UPDATE' AND TG_TABLE_NAME IN ('audit_entries', 'events')) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows are history', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- What belongs to one user is found by it.
CREATE INDEX audit_entries_by_user ON audit_entries (application_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX changes_by_user ON changes (application_id, user_id);

-- One row per run that erased somebody: the receipt. Holds nothing personal.
CREATE TABLE purge_runs (
    id                uuid        NOT NULL,
    started_at        timestamptz NOT NULL DEFAULT now(),
    -- None while it is under way, or was left by a process that died: the next one goes on with it.
    finished_at       timestamptz,
    users             bigint      NOT NULL DEFAULT 0,
    sessions          bigint      NOT NULL DEFAULT 0,
    transactions      bigint      NOT NULL DEFAULT 0,
    risk_events       bigint      NOT NULL DEFAULT 0,
    audit_entries     bigint      NOT NULL DEFAULT 0,
    events            bigint      NOT NULL DEFAULT 0,
    -- When the first and the last of them were deleted.
    deleted_from      timestamptz,
    deleted_to        timestamptz,
    -- Of the ids in the order they were erased: each time SHA-256 over what was there before and the 16 bytes of the id;
    -- 32 zero bytes at first.
    ids_sha256        bytea       NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    CONSTRAINT purge_runs_pkey PRIMARY KEY (id),
    CONSTRAINT purge_runs_ids_sha256_length CHECK (octet_length(ids_sha256) = 32)
);

CREATE UNIQUE INDEX purge_runs_one_unfinished ON purge_runs ((finished_at IS NULL)) WHERE finished_at IS NULL;

-- The unfinished run, or else this new one.
CREATE FUNCTION begin_purge(wished uuid) RETURNS SETOF purge_runs
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO purge_runs (id) VALUES (wished) ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT * FROM purge_runs WHERE finished_at IS NULL;
END
$$;

-- Ends a run. One that erased nobody leaves no receipt.
CREATE FUNCTION finish_purge(run uuid) RETURNS SETOF purge_runs
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM purge_runs WHERE id = run AND finished_at IS NULL AND users = 0;
    UPDATE purge_runs SET finished_at = now() WHERE id = run AND finished_at IS NULL;
    RETURN QUERY SELECT * FROM purge_runs WHERE id = run;
END
$$;

-- Whether something about these users is still to be delivered. Locks nothing: no event of a deleted user is added while its
-- row is locked. Markers first: one that is gone by then is a delivery by then. `order_keys` are those of the users' names.
CREATE FUNCTION awaiting_delivery(of_application uuid, ids uuid[], order_keys bigint[]) RETURNS SETOF uuid
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT o.user_id FROM outbox o WHERE o.application_id = of_application AND o.user_id = ANY(ids);
    RETURN QUERY
    SELECT DISTINCT e.user_id
    FROM unnest(ids, order_keys) u (id, order_key)
    JOIN webhook_lanes l ON l.application_id = of_application
    JOIN webhook_deliveries d ON d.lane = l.lane AND d.order_key = u.order_key
    JOIN events e ON e.application_id = of_application AND e.recorded_at = d.event_recorded_at AND e.id = d.event_id
        AND e.user_id = u.id;
END
$$;

-- Erases those of these users that were deleted by that time, are under no legal hold and have nothing still to be
-- delivered, each with all that is its own or not at all. Locks the users first, in the order of their ids: from then on nobody
-- restores or holds one of them, and no event of theirs is added. `alone` is false where another session is at it, or the run is
-- over. What stays of a user is under a pseudonym that nothing leads to.
CREATE FUNCTION purge_users(run uuid, of_application uuid, ids uuid[], order_keys bigint[], deleted_by timestamptz,
    OUT alone boolean, OUT erased bigint, OUT waiting bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    receipt    purge_runs;
    late       uuid[];
    chosen     uuid[];
    pseudonyms uuid[];
    one        uuid;
    first_at   timestamptz;
    last_at    timestamptz;
    counted    bigint;
BEGIN
    erased := 0;
    waiting := 0;
    alone := pg_try_advisory_xact_lock(x'7075726765'::bigint);
    IF NOT alone THEN
        RETURN;
    END IF;
    SELECT * INTO receipt FROM purge_runs WHERE id = run AND finished_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        alone := false;
        RETURN;
    END IF;

    PERFORM FROM users WHERE application_id = of_application AND id = ANY(ids) ORDER BY id FOR UPDATE;
    late := ARRAY(SELECT * FROM awaiting_delivery(of_application, ids, order_keys));
    SELECT array_agg(u.id ORDER BY u.deleted_at, u.id), min(u.deleted_at), max(u.deleted_at)
    INTO chosen, first_at, last_at
    FROM users u
    WHERE u.application_id = of_application AND u.id = ANY(ids) AND u.deleted_at <= deleted_by
        AND u.legal_hold_since IS NULL AND u.id <> ALL(late);
    waiting := cardinality(late);
    IF chosen IS NULL THEN
        RETURN;
    END IF;
    erased := cardinality(chosen);
    pseudonyms := ARRAY(SELECT gen_random_uuid() FROM unnest(chosen));
    PERFORM set_config('users.purging', pg_current_xact_id()::text, true);

    DELETE FROM audit_details d USING audit_entries e
    WHERE e.application_id = of_application AND e.user_id = ANY(chosen)
        AND d.application_id = of_application AND d.entry_id = e.id;
    -- A request id is the client's own word, and leads to logs.
    UPDATE audit_entries e SET user_id = p.pseudonym, request_id = '-'
    FROM unnest(chosen, pseudonyms) p (id, pseudonym)
    WHERE e.application_id = of_application AND e.user_id = p.id;
    GET DIAGNOSTICS counted = ROW_COUNT;
    receipt.audit_entries := receipt.audit_entries + counted;

    -- They could not be sent again, and their keys are made of names.
    DELETE FROM webhook_dead_letters l USING webhook_destinations d, events e
    WHERE d.application_id = of_application AND e.application_id = of_application AND e.user_id = ANY(chosen)
        AND l.application_id = of_application AND l.destination_id = d.id AND l.event_id = e.id;
    UPDATE events e SET user_id = p.pseudonym, request_id = '-', body = NULL
    FROM unnest(chosen, pseudonyms) p (id, pseudonym)
    WHERE e.application_id = of_application AND e.user_id = p.id;
    GET DIAGNOSTICS counted = ROW_COUNT;
    receipt.events := receipt.events + counted;
    UPDATE changes c SET user_id = p.pseudonym
    FROM unnest(chosen, pseudonyms) p (id, pseudonym)
    WHERE c.application_id = of_application AND c.user_id = p.id;

    DELETE FROM user_sessions WHERE application_id = of_application AND user_id = ANY(chosen);
    GET DIAGNOSTICS counted = ROW_COUNT;
    receipt.sessions := receipt.sessions + counted;
    DELETE FROM user_transactions WHERE application_id = of_application AND user_id = ANY(chosen);
    GET DIAGNOSTICS counted = ROW_COUNT;
    receipt.transactions := receipt.transactions + counted;
    DELETE FROM user_risk_events WHERE application_id = of_application AND user_id = ANY(chosen);
    GET DIAGNOSTICS counted = ROW_COUNT;
    receipt.risk_events := receipt.risk_events + counted;
    DELETE FROM user_search WHERE application_id = of_application AND user_id = ANY(chosen);
    DELETE FROM users WHERE application_id = of_application AND id = ANY(chosen);

    FOREACH one IN ARRAY chosen LOOP
        receipt.ids_sha256 := sha256(receipt.ids_sha256 || uuid_send(one));
    END LOOP;
    UPDATE purge_runs SET users = receipt.users + erased, sessions = receipt.sessions,
        transactions = receipt.transactions, risk_events = receipt.risk_events, audit_entries = receipt.audit_entries,
        events = receipt.events, deleted_from = least(deleted_from, first_at), deleted_to = greatest(deleted_to, last_at),
        ids_sha256 = receipt.ids_sha256
    WHERE id = run;
END
$$;

REVOKE ALL ON FUNCTION begin_purge(uuid), finish_purge(uuid),
    purge_users(uuid, uuid, uuid[], bigint[], timestamptz) FROM PUBLIC;
