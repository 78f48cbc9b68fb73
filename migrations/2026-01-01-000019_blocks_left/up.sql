-- Whether the block of a deleted user holds for its name while the user is kept.

ALTER TABLE applications ADD COLUMN block_survives_deletion boolean NOT NULL DEFAULT true;
