ALTER TABLE applications DROP COLUMN block_survives_deletion;
