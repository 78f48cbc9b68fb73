DROP FUNCTION
    advance_webhook_recovery,
    skip_webhook_deliveries,
    arrange_webhook_lane,
    delete_old_deliveries,
    settle_lane,
    unpark,
    lease_due_lanes,
    due_of_lanes,
    due_deliveries,
    sequence_outbox;
