-- One sealed word: a process that cannot open it lacks the keys of this database.
CREATE TABLE key_check (
    id boolean NOT NULL DEFAULT true,
    sealed bytea NOT NULL,
    CONSTRAINT key_check_pkey PRIMARY KEY (id),
    CONSTRAINT key_check_one_row CHECK (id)
);
