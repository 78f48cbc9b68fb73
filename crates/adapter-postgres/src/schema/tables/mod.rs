//! The tables as the query builder knows them. A test compares them with the migrated database.

mod access;
mod delivery;
mod user_data;

pub(crate) use access::*;
pub(crate) use delivery::*;
pub(crate) use user_data::*;

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
