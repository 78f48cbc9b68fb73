-- What a user's detail shows of an entry, where that is less than what is kept: large values stand in the detail alone. None: the
-- detail itself, or an entry of an earlier build.
ALTER TABLE audit_details ADD COLUMN shown text;
ALTER TABLE audit_details ALTER COLUMN shown SET STATISTICS 0;

-- The shortest and the longest attempt. None: none was made since this step.
ALTER TABLE webhook_lanes ADD COLUMN min_duration_ms integer, ADD COLUMN max_duration_ms integer;

-- What builds from this one on call instead of settle_lane: the same, and notes the shortest and the longest attempt.
CREATE FUNCTION settle_lane_timed(of_lane bigint, of_epoch bigint, tried jsonb, only_delivered boolean, new_health jsonb,
    not_before timestamptz, disable text, release boolean,
    OUT still_owner boolean, OUT settled_before bigint, OUT unparked bigint, OUT taken_over boolean)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    SELECT s.still_owner, s.settled_before, s.unparked, s.taken_over
    INTO still_owner, settled_before, unparked, taken_over
    FROM settle_lane(of_lane, of_epoch, tried, only_delivered, new_health, not_before, disable, release) s;
    UPDATE webhook_lanes SET min_duration_ms = least(min_duration_ms, t.shortest),
        max_duration_ms = greatest(max_duration_ms, t.longest)
    FROM (
        SELECT min(duration_ms) AS shortest, max(duration_ms) AS longest
        FROM jsonb_to_recordset(tried) AS r (duration_ms integer, error text)
        WHERE error IS DISTINCT FROM 'erased'
    ) t
    WHERE lane = of_lane AND (min_duration_ms IS NULL AND t.shortest IS NOT NULL
        OR t.shortest < min_duration_ms OR t.longest > max_duration_ms);
END
$$;
