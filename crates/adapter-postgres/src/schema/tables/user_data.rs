//! Users, their evidence and their history.

// Only the columns that the query builder uses.
diesel::table! {
    users (application_id, id) {
        application_id -> Uuid,
        id -> Uuid,
        vendor_data -> Text,
        status -> Text,
        created_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        version -> BigInt,
        legal_hold_since -> Nullable<Timestamptz>,
        legal_hold_reason -> Nullable<Text>,
    }
}

diesel::table! {
    user_search (application_id, user_id) {
        application_id -> Uuid,
        user_id -> Uuid,
        body -> Text,
        short_grams -> Array<Text>,
        norm_version -> SmallInt,
    }
}

diesel::table! {
    tags (application_id, name) {
        application_id -> Uuid,
        name -> Text,
        description -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
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
    user_sessions (application_id, session_id) {
        application_id -> Uuid,
        session_id -> Text,
        user_id -> Uuid,
        revision -> BigInt,
        status -> Text,
        occurred_at -> Timestamptz,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        features -> Jsonb,
        full_name -> Nullable<Text>,
        date_of_birth -> Nullable<Date>,
        issuing_state -> Nullable<Text>,
        portrait_image_url -> Nullable<Text>,
        emails -> Array<Text>,
        phones -> Array<Text>,
        incomplete_digest -> Nullable<Binary>,
    }
}

diesel::table! {
    user_transactions (application_id, transaction_id) {
        application_id -> Uuid,
        transaction_id -> Text,
        user_id -> Uuid,
        revision -> BigInt,
        status -> Text,
        occurred_at -> Timestamptz,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        rule_actions -> Array<Text>,
        incomplete_digest -> Nullable<Binary>,
    }
}

diesel::table! {
    user_risk_events (application_id, event_id) {
        application_id -> Uuid,
        event_id -> Text,
        user_id -> Uuid,
        kind -> Text,
        detail -> Nullable<Text>,
        recorded_at -> Timestamptz,
        incomplete_digest -> Nullable<Binary>,
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
        commitment -> Binary,
    }
}

diesel::table! {
    audit_details (application_id, entry_id) {
        application_id -> Uuid,
        entry_id -> Uuid,
        salt -> Binary,
        detail -> Text,
        shown -> Nullable<Text>,
    }
}

diesel::table! {
    events (application_id, recorded_at, id) {
        application_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        sequence -> BigInt,
        webhook_type -> Text,
        created_at -> Timestamptz,
        recorded_at -> Timestamptz,
        changed_fields -> Array<Text>,
        request_id -> Text,
        body -> Nullable<Text>,
        timestamp_offset -> Integer,
    }
}

diesel::table! {
    outbox (queue_seq) {
        queue_seq -> BigInt,
        order_key -> BigInt,
        event_recorded_at -> Timestamptz,
        application_id -> Uuid,
        user_id -> Uuid,
        event_id -> Uuid,
        webhook_type -> Text,
        status_before -> Nullable<Text>,
        status_after -> Nullable<Text>,
    }
}
