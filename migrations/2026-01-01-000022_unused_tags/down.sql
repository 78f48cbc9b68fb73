-- Erases those of these users that were deleted by that time, are under no legal hold and have nothing still to be
-- delivered, each with all that is its own or not at all. Locks the users first, in the order of their ids: from then on nobody
-- restores or holds one of them, and no event of theirs is added. `alone` is false where another session is at it, or the run is
-- over. What stays of a user is under a pseudonym that nothing leads to.
CREATE OR REPLACE FUNCTION purge_users(run uuid, of_application uuid, ids uuid[], order_keys bigint[], deleted_by timestamptz,
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

DROP FUNCTION tags_lock(uuid);
