DROP FUNCTION lease_due_lanes(uuid, bigint[], uuid[], bigint, bigint);
