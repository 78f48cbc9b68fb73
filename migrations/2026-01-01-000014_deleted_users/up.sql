-- Who may be neither deleted nor erased, and finding who was deleted.

ALTER TABLE users
    ADD COLUMN legal_hold_since timestamptz,
    ADD COLUMN legal_hold_reason text,
    ADD CONSTRAINT users_legal_hold_whole CHECK ((legal_hold_since IS NULL) = (legal_hold_reason IS NULL));

-- In the order of their deletions, for lists and for what erases them.
CREATE INDEX users_deleted ON users (application_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

-- The latest one of a name. What the audit trail holds of a name is found through it as well.
CREATE INDEX users_deleted_names ON users (application_id, vendor_data, deleted_at, id) WHERE deleted_at IS NOT NULL;
