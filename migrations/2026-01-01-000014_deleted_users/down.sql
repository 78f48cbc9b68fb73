DROP INDEX users_deleted_names;
DROP INDEX users_deleted;

ALTER TABLE users
    DROP CONSTRAINT users_legal_hold_whole,
    DROP COLUMN legal_hold_reason,
    DROP COLUMN legal_hold_since;
