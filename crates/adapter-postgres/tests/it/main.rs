//! Tests of the PostgreSQL adapter against real servers.

mod conformance;
mod contention;
mod deletion;
mod destinations;
mod embedded;
mod evidence;
mod history;
mod lanes;
mod leases;
mod neighbours;
mod outbox;
mod pool;
mod retention;
mod rivals;
mod scene;
mod schema;
mod sessions;
mod settling;
mod source;
mod sql;
mod steps;
mod subject;
mod switching;
mod tenants;
mod values;
mod webhooks;
