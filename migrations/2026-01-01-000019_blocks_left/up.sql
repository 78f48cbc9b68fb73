-- Whether the block of a deleted user holds for its name while the user is kept.

ALTER TABLE applications ADD COLUMN block_survives_deletion boolean NOT NULL DEFAULT true;

-- Who has a name, and the status of the last deleted user who had it. Functions, because they are planned on tables that
-- were never analysed too: without sorts one index is left to read. In PL/pgSQL, which keeps their plans.
CREATE FUNCTION live_user_id(of_application uuid, name text) RETURNS uuid
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
    RETURN (
        SELECT id FROM users
        WHERE application_id = of_application AND vendor_data BETWEEN name AND name AND deleted_at IS NULL
        ORDER BY vendor_data LIMIT 1
    );
END
$$;

CREATE FUNCTION last_deleted_status(of_application uuid, name text) RETURNS text
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
    RETURN (
        SELECT status FROM users
        WHERE application_id = of_application AND vendor_data BETWEEN name AND name AND deleted_at IS NOT NULL
        ORDER BY vendor_data DESC, deleted_at DESC, id DESC LIMIT 1
    );
END
$$;
