-- Erasure of users whose retention is over, with receipts; and the stored responses of idempotent calls, which are
-- erased with the users they show. Only functions that act as the owner erase: the runtime role calls them and cannot
-- change history itself.

-- Calls with an idempotency key: the stored response for repeats, or the call in progress.
CREATE TABLE idempotency_claims (
    application_id uuid        NOT NULL,
    -- SHA-256 of operation and key: keys are arbitrary client input and may contain personal data.
    name           bytea       NOT NULL,
    -- SHA-256 of every part of the call that determines its effect.
    fingerprint    bytea       NOT NULL,
    -- The user with which the response is erased; NULL for calls about several users.
    user_id        uuid,
    -- The call in progress; NULL once the response is stored.
    holder         uuid,
    -- The response as the API encoded it; NULL while the call is in progress.
    answer         bytea,
    -- The end of the response's retention or of the call's time limit. An expired row is treated as absent.
    expires_at     timestamptz NOT NULL,
    CONSTRAINT idempotency_claims_pkey PRIMARY KEY (application_id, name),
    CONSTRAINT idempotency_claims_name_is_a_digest CHECK (octet_length(name) = 32),
    CONSTRAINT idempotency_claims_fingerprint_is_a_digest CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT idempotency_claims_held_or_answered CHECK ((holder IS NULL) <> (answer IS NULL)),
    CONSTRAINT idempotency_claims_answer_bounded CHECK (octet_length(answer) <= 4194304)
);

-- For the purge; includes calls about several users.
CREATE INDEX idempotency_claims_by_user ON idempotency_claims (application_id, user_id);

-- For removing expired rows, over all applications.
CREATE INDEX idempotency_claims_by_expiry ON idempotency_claims (expires_at);

ALTER TABLE idempotency_claims ALTER name SET STATISTICS 0, ALTER fingerprint SET STATISTICS 0,
    ALTER user_id SET STATISTICS 0, ALTER answer SET STATISTICS 0;

-- Only the purge deletes rows of users; it also deletes the stored responses that show them. Responses about several
-- users are deleted as well: which users they show is not recorded, and such calls can safely be repeated.
CREATE FUNCTION delete_responses() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM idempotency_claims c USING gone g WHERE c.application_id = g.application_id AND c.user_id = g.id;
    DELETE FROM idempotency_claims c
    WHERE c.user_id IS NULL AND c.holder IS NULL AND c.application_id IN (SELECT application_id FROM gone);
    RETURN NULL;
END
$$;

CREATE TRIGGER users_delete_responses AFTER DELETE ON users REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION delete_responses();

-- One row (the receipt) per run that erased at least one user. Contains no personal data.
CREATE TABLE purge_runs (
    id                uuid        NOT NULL,
    started_at        timestamptz NOT NULL DEFAULT now(),
    -- NULL while the run is in progress, or if its process died: the next run continues it.
    finished_at       timestamptz,
    users             bigint      NOT NULL DEFAULT 0,
    sessions          bigint      NOT NULL DEFAULT 0,
    transactions      bigint      NOT NULL DEFAULT 0,
    risk_events       bigint      NOT NULL DEFAULT 0,
    audit_entries     bigint      NOT NULL DEFAULT 0,
    events            bigint      NOT NULL DEFAULT 0,
    -- The deletion times of the first and the last of the users.
    deleted_from      timestamptz,
    deleted_to        timestamptz,
    -- A hash chain over the user ids in the order of erasure: for each id, SHA-256 over the previous value and the 16
    -- bytes of the id, starting with 32 zero bytes.
    ids_sha256        bytea       NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    CONSTRAINT purge_runs_pkey PRIMARY KEY (id),
    CONSTRAINT purge_runs_ids_sha256_length CHECK (octet_length(ids_sha256) = 32)
);

CREATE UNIQUE INDEX purge_runs_one_unfinished ON purge_runs ((finished_at IS NULL)) WHERE finished_at IS NULL;

-- Returns the unfinished run, or a new one with the given id.
CREATE FUNCTION begin_purge(new_run uuid) RETURNS SETOF purge_runs
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO purge_runs (id) VALUES (new_run) ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT * FROM purge_runs WHERE finished_at IS NULL;
END
$$;

-- Ends a run. A run that erased no user leaves no receipt. List filters need current statistics of users and search
-- texts, so both tables are analysed before the receipt is marked as finished.
CREATE FUNCTION finish_purge(run uuid) RETURNS SETOF purge_runs
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM purge_runs WHERE id = run AND finished_at IS NULL AND users = 0;
    IF EXISTS (SELECT FROM purge_runs WHERE id = run AND finished_at IS NULL) THEN
        ANALYZE users, user_search;
    END IF;
    UPDATE purge_runs SET finished_at = now() WHERE id = run AND finished_at IS NULL;
    RETURN QUERY SELECT * FROM purge_runs WHERE id = run;
END
$$;

-- Returns those of these users that have pending deliveries. Locks nothing: no event of a deleted user is added while
-- its row is locked. Reads the outbox first: a marker that has left it is a delivery by then. `order_keys` are the
-- ordering keys of the users' vendor_data.
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

-- Those of these users whose deletion, according to the audit trail and regardless of their rows, is older than both
-- that time and the retention of their application; and whether, according to the audit trail, they are under legal
-- hold. The end of a hold takes effect half an hour later: times of entries may differ from now by up to 15 minutes,
-- and a hold that was lifted by mistake can be set again.
CREATE FUNCTION expired_deletions(of_application uuid, ids uuid[], deleted_by timestamptz)
RETURNS TABLE (id uuid, is_held boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    SELECT given.id, coalesce(hold.is_set, false)
    FROM applications a CROSS JOIN unnest(ids) given (id)
    CROSS JOIN LATERAL (
        SELECT e.kind, e.at FROM audit_entries e
        WHERE e.application_id = of_application AND e.user_id = given.id AND e.kind IN ('DELETED', 'RESTORED')
        ORDER BY e.at DESC, e.id DESC LIMIT 1
    ) deletion
    LEFT JOIN LATERAL (
        SELECT e.kind = 'LEGAL_HOLD_SET' AS is_set FROM audit_entries e
        WHERE e.application_id = of_application AND e.user_id = given.id
            AND (e.kind = 'LEGAL_HOLD_SET' OR e.kind = 'LEGAL_HOLD_LIFTED' AND e.at <= now() - interval '30 minutes')
        ORDER BY e.at DESC, e.id DESC LIMIT 1
    ) hold ON true
    WHERE a.id = of_application AND deletion.kind = 'DELETED'
        AND deletion.at <= least(deleted_by, now() - a.retention_days * interval '1 day')
$$;

-- Erases those of these users whose retention is over, that were deleted by that time, are under no legal hold and have
-- no pending deliveries, each user atomically with all its data; and the tags that no user has any more. Locks the
-- users first, in the order of their ids: from then on no session can restore them or put them under legal hold, and no
-- event of theirs is added. `alone` is false while another session does the same work, or if the run is finished. The
-- remaining rows of a user get a random pseudonym, which no record links to the user.
CREATE FUNCTION purge_users(run uuid, of_application uuid, ids uuid[], order_keys bigint[], deleted_by timestamptz,
    OUT alone boolean, OUT erased bigint, OUT waiting bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    receipt    purge_runs;
    expired    uuid[];
    late       uuid[];
    chosen     uuid[];
    pseudonyms uuid[];
    one        uuid;
    names      text[];
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

    expired := ARRAY(SELECT e.id FROM expired_deletions(of_application, ids, deleted_by) e WHERE NOT e.is_held);
    SELECT coalesce(array_agg(u.id), '{}'), coalesce(array_agg(u.order_key), '{}') INTO ids, order_keys
    FROM unnest(ids, order_keys) u (id, order_key) WHERE u.id = ANY(expired);
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

    -- The tags that the users have or once had.
    names := ARRAY(
        SELECT t.tag ->> 'name' FROM users u CROSS JOIN LATERAL jsonb_array_elements(u.tags) t (tag)
        WHERE u.application_id = of_application AND u.id = ANY(chosen)
        UNION
        SELECT t.name FROM audit_entries e
        JOIN audit_details d ON d.application_id = of_application AND d.entry_id = e.id
        CROSS JOIN LATERAL json_array_elements_text(d.detail::json -> 'previous_value') t (name)
        WHERE e.application_id = of_application AND e.user_id = ANY(chosen) AND e.kind = 'TAG_REMOVED');
    DELETE FROM audit_details d USING audit_entries e
    WHERE e.application_id = of_application AND e.user_id = ANY(chosen)
        AND d.application_id = of_application AND d.entry_id = e.id;
    -- A request id can be client input, and links to logs.
    UPDATE audit_entries e SET user_id = p.pseudonym, request_id = '-'
    FROM unnest(chosen, pseudonyms) p (id, pseudonym)
    WHERE e.application_id = of_application AND e.user_id = p.id;
    GET DIAGNOSTICS counted = ROW_COUNT;
    receipt.audit_entries := receipt.audit_entries + counted;

    -- Without a body they could not be sent again, and their ordering keys derive from vendor_data.
    DELETE FROM webhook_dead_letters l USING webhook_destinations d, events e
    WHERE d.application_id = of_application AND e.application_id = of_application AND e.user_id = ANY(chosen)
        AND l.application_id = of_application AND l.destination_id = d.id AND l.event_id = e.id;
    UPDATE events e SET user_id = p.pseudonym, request_id = '-', body = NULL
    FROM unnest(chosen, pseudonyms) p (id, pseudonym)
    WHERE e.application_id = of_application AND e.user_id = p.id;
    GET DIAGNOSTICS counted = ROW_COUNT;
    receipt.events := receipt.events + counted;

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
    IF names <> '{}' THEN
        -- Waits for statements that give a user a tag, so that the next statement sees their result; they wait for this
        -- one.
        PERFORM pg_advisory_xact_lock(tags_lock(of_application));
        DELETE FROM tags t WHERE t.application_id = of_application AND t.name = ANY(names) AND NOT EXISTS (
            SELECT FROM users u WHERE u.application_id = of_application
                AND u.tags @> jsonb_build_array(jsonb_build_object('name', t.name)));
    END IF;

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
