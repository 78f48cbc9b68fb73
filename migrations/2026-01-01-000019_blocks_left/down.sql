DROP FUNCTION live_user_id(uuid, text), last_deleted_status(uuid, text);
ALTER TABLE applications DROP COLUMN block_survives_deletion;
