-- A tag goes with the last user who has it, when that is erased: its name may be about the person.

-- What holds a tag in its place while somebody is given it (shared), or while unused ones are removed (exclusive).
CREATE FUNCTION tags_lock(of_application uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended('tags of ' || of_application::text, 0);

-- Erases those of these users that were deleted by that time, are under no legal hold and have nothing still to be
-- delivered, each with all that is its own or not at all; and the tags that nobody has any more. Locks the users first, in the
-- order of their ids: from then on nobody restores or holds one of them, and no event of theirs is added. `alone` is false where
-- another session is at it, or the run is over. What stays of a user is under a pseudonym that nothing leads to.
CREATE OR REPLACE FUNCTION purge_users(run uuid, of_application uuid, ids uuid[], order_keys bigint[], deleted_by timestamptz,
    OUT alone boolean, OUT erased bigint, OUT waiting bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    receipt    purge_runs;
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

    -- The tags that they have or once had.
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
    IF names <> '{}' THEN
        -- Waits for statements that give somebody a tag, so that the next statement sees whom; they wait for this one.
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

-- Those that users left who were erased before.
DELETE FROM tags t WHERE NOT EXISTS (
    SELECT FROM users u WHERE u.application_id = t.application_id
        AND u.tags @> jsonb_build_array(jsonb_build_object('name', t.name)));
