-- Calls with a key of their client: what a repeat is answered with, or who carries the call out just now.

CREATE TABLE idempotency_claims (
    application_id uuid        NOT NULL,
    -- SHA-256 of operation and key: clients put into keys what they like.
    name           bytea       NOT NULL,
    -- SHA-256 of all of the call that decides what it does.
    fingerprint    bytea       NOT NULL,
    -- With whom the answer is to be erased; none for calls about several users.
    user_id        uuid,
    -- The call that is under way; none once it was answered.
    holder         uuid,
    -- As the API made it; none as long as the call is under way.
    answer         bytea,
    -- Until when the answer is kept, or the call may take. From then on it is as if the row were not there.
    expires_at     timestamptz NOT NULL,
    CONSTRAINT idempotency_claims_pkey PRIMARY KEY (application_id, name),
    CONSTRAINT idempotency_claims_name_is_a_digest CHECK (octet_length(name) = 32),
    CONSTRAINT idempotency_claims_fingerprint_is_a_digest CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT idempotency_claims_held_or_answered CHECK ((holder IS NULL) <> (answer IS NULL)),
    CONSTRAINT idempotency_claims_answer_bounded CHECK (octet_length(answer) <= 4194304)
);

-- What the purge looks for; those about several users as well.
CREATE INDEX idempotency_claims_by_user ON idempotency_claims (application_id, user_id);

-- What is removed for its age, over all applications.
CREATE INDEX idempotency_claims_by_expiry ON idempotency_claims (expires_at);

-- Rows of users go with the purge alone, and take along the answers that show them. Those about several users go as well:
-- nobody knows whom they show, and such calls do no harm when they are repeated.
CREATE FUNCTION forget_claims() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM idempotency_claims c USING gone g WHERE c.application_id = g.application_id AND c.user_id = g.id;
    DELETE FROM idempotency_claims c
    WHERE c.user_id IS NULL AND c.holder IS NULL AND c.application_id IN (SELECT application_id FROM gone);
    RETURN NULL;
END
$$;

CREATE TRIGGER users_forget_claims AFTER DELETE ON users REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION forget_claims();
