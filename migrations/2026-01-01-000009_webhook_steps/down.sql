DROP FUNCTION sweep_waiting(timestamptz, bigint);
DROP FUNCTION settle_lane(bigint, bigint, jsonb, boolean, jsonb, timestamptz, text, boolean);
DROP FUNCTION unpark(bigint, bigint[]);
DROP FUNCTION lease_lanes(uuid, bigint, bigint);
DROP FUNCTION due_of_lanes(bigint[], bigint);
DROP FUNCTION due_deliveries(bigint, bigint[], bigint);
DROP FUNCTION sequence_outbox(bigint);
