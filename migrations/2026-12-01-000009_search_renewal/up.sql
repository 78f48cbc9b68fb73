-- Search texts from an older normalisation, so that renewing them does not scan all other rows.
-- The next version of the normalisation replaces this index with its own.
-- short_grams also contains whole e-mail addresses and phone numbers, for exact filters.
-- IF NOT EXISTS: a run may have ended after creating the index and before recording the migration. An invalid index is
-- dropped before this runs.
CREATE INDEX CONCURRENTLY IF NOT EXISTS user_search_outdated ON user_search (application_id, user_id)
    WHERE norm_version < 3;
