//! Applications, their keys, and what belongs to the whole database.

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
