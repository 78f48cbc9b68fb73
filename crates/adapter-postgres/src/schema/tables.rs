//! The tables and columns that the query builder uses. A test compares them with the migrated database.

diesel::table! {
    applications (id) {
        id -> Uuid,
        name -> Text,
        environment -> Text,
        verified_fields -> Text,
        created_at -> Timestamptz,
        auto_block_on_decline -> Bool,
        retention_days -> BigInt,
        rate_limit_get_per_minute -> Nullable<BigInt>,
        rate_limit_write_per_minute -> Nullable<BigInt>,
        block_survives_deletion -> Bool,
    }
}

diesel::table! {
    api_keys (id) {
        application_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        role -> Nullable<Text>,
        name -> Text,
        digest -> Binary,
        prefix -> Text,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        allowed_ips -> Array<Text>,
        reads_per_minute -> Nullable<BigInt>,
        writes_per_minute -> Nullable<BigInt>,
    }
}

diesel::table! {
    key_check (id) {
        id -> Bool,
        sealed -> Binary,
    }
}

diesel::table! {
    event_retention (id) {
        id -> Bool,
        days -> Integer,
    }
}

diesel::table! {
    purge_runs (id) {
        id -> Uuid,
        started_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        users -> BigInt,
        sessions -> BigInt,
        transactions -> BigInt,
        risk_events -> BigInt,
        audit_entries -> BigInt,
        events -> BigInt,
        deleted_from -> Nullable<Timestamptz>,
        deleted_to -> Nullable<Timestamptz>,
        ids_sha256 -> Binary,
    }
}

diesel::table! {
    idempotency_claims (application_id, name) {
        application_id -> Uuid,
        name -> Binary,
        fingerprint -> Binary,
        user_id -> Nullable<Uuid>,
        holder -> Nullable<Uuid>,
        answer -> Nullable<Binary>,
        expires_at -> Timestamptz,
    }
}

// Created by diesel_migrations.
diesel::table! {
    __diesel_schema_migrations (version) {
        version -> VarChar,
        run_on -> Timestamp,
    }
}

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
        event_recorded_at -> Timestamptz,
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
        event_id -> Uuid,
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

diesel::table! {
    users (application_id, id) {
        application_id -> Uuid,
        id -> Uuid,
        vendor_data -> Text,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    user_counts (application_id, status) {
        application_id -> Uuid,
        status -> Text,
        users -> BigInt,
    }
}

diesel::table! {
    audit_entries (application_id, id) {
        application_id -> Uuid,
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        at -> Timestamptz,
        actor_kind -> Text,
        actor_key -> Nullable<Uuid>,
        actor_role -> Nullable<Text>,
        operation -> Text,
        kind -> Text,
        fields -> Array<Text>,
        request_id -> Text,
    }
}

diesel::table! {
    audit_details (application_id, entry_id) {
        application_id -> Uuid,
        entry_id -> Uuid,
    }
}

diesel::table! {
    events (application_id, recorded_at, id) {
        application_id -> Uuid,
        id -> Uuid,
        webhook_type -> Text,
        recorded_at -> Timestamptz,
        body -> Nullable<Text>,
        timestamp_offset -> Integer,
    }
}

diesel::joinable!(api_keys -> applications (application_id));
diesel::allow_tables_to_appear_in_same_query!(api_keys, applications);
diesel::allow_tables_to_appear_in_same_query!(
    webhook_attempts,
    webhook_dead_letters,
    webhook_deliveries,
    webhook_destinations,
    webhook_lanes,
    webhook_secrets,
);
