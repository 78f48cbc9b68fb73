//! Destinations and their queues.

diesel::table! {
    webhook_destinations (application_id, id) {
        application_id -> Uuid,
        id -> Uuid,
        label -> Text,
        url -> Text,
        webhook_version -> Text,
        subscribed_events -> Array<Text>,
        ordering -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_secrets (application_id, destination_id, number) {
        application_id -> Uuid,
        destination_id -> Uuid,
        number -> BigInt,
        sealed -> Binary,
        created_at -> Timestamptz,
        signs_until -> Nullable<Timestamptz>,
    }
}

// Only the columns that the query builder uses.
diesel::table! {
    webhook_lanes (lane) {
        lane -> BigInt,
        application_id -> Uuid,
        destination_id -> Uuid,
        disabled_reason -> Nullable<Text>,
        disabled_at -> Nullable<Timestamptz>,
        wake_at -> Timestamptz,
        paused_until -> Nullable<Timestamptz>,
        lease_epoch -> BigInt,
        health -> Nullable<Jsonb>,
        attempts -> BigInt,
        failures -> BigInt,
        total_duration_ms -> BigInt,
        last_attempt_at -> Nullable<Timestamptz>,
        min_duration_ms -> Nullable<Integer>,
        max_duration_ms -> Nullable<Integer>,
    }
}

diesel::table! {
    webhook_deliveries (lane, queue_seq) {
        lane -> BigInt,
        queue_seq -> BigInt,
        order_key -> BigInt,
        due_at -> Timestamptz,
        event_recorded_at -> Timestamptz,
        application_id -> Uuid,
        event_id -> Uuid,
        attempts_made -> SmallInt,
    }
}

diesel::table! {
    webhook_attempts (application_id, id, created_at) {
        application_id -> Uuid,
        destination_id -> Uuid,
        id -> Uuid,
        created_at -> Timestamptz,
        event_id -> Uuid,
        event_recorded_at -> Timestamptz,
        next_attempt_at -> Nullable<Timestamptz>,
        duration_ms -> Integer,
        number -> SmallInt,
        status_code -> Nullable<SmallInt>,
        webhook_type -> Text,
        trigger -> Text,
        outcome -> Text,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    webhook_dead_letters (application_id, destination_id, queue_seq) {
        application_id -> Uuid,
        destination_id -> Uuid,
        queue_seq -> BigInt,
        order_key -> BigInt,
        event_id -> Uuid,
        event_recorded_at -> Timestamptz,
        attempts_made -> SmallInt,
        dead_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_recoveries (application_id, id) {
        application_id -> Uuid,
        destination_id -> Uuid,
        id -> Uuid,
        since -> Timestamptz,
        state -> Text,
        recovered -> BigInt,
        reached -> Nullable<BigInt>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}
