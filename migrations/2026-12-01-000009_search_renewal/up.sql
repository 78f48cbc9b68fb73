-- Which searched texts an older normalisation made, so that they are made anew without looking at all the others.
-- The next version of the normalisation comes with an index of its own in the place of this one.
-- short_grams also holds whole e-mail addresses and phones, for filters that are exact.
-- It may be there: of a run that ended before it was recorded. An invalid one is dropped before this runs.
CREATE INDEX CONCURRENTLY IF NOT EXISTS user_search_outdated ON user_search (application_id, user_id)
    WHERE norm_version < 3;
