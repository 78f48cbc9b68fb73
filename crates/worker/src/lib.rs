//! The background work of the users service: loops that deliver webhooks, erase users whose retention period has ended,
//! and remove expired data.
//!
//! A loop decides *when* its next round runs; what a round does is behind a port of [`users_domain`] or in the
//! [`Dispatcher`](adapter_webhooks::Dispatcher). No loop reads a configuration file or knows an adapter of a database,
//! and several processes may run the same loops on one database.
//!
//! | method of [`Loops`] | rounds | port |
//! | --- | --- | --- |
//! | [`deliver`](Loops::deliver) | creates a delivery for each change and subscribed destination | [`Outbox`] |
//! | | leases destinations and sends their due events | [`LaneStore`], by the dispatcher |
//! | | turns dead letters back into deliveries at a client's request | [`RecoveryStore`] |
//! | | renews search texts that an older build created | [`SearchUpkeep`] |
//! | [`purge`](Loops::purge) | erases users whose retention period has ended | [`PurgeService`] |
//! | [`maintain_retention`](Loops::maintain_retention) | creates partitions for events and removes expired ones | [`EventRetention`] |
//! | [`clean_up_idempotency`](Loops::clean_up_idempotency) | removes expired responses of idempotent requests | [`IdempotencyStore`] |
//!
//! A loop survives an unavailable store: it logs the outage once and polls less often. [`Loops::stop`] ends all loops in
//! order: each finishes its round, and the dispatcher its attempts.
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use users_domain::ports::EventRetention;
//! # use worker::Loops;
//! # async fn work(retention: Arc<dyn EventRetention>) {
//! let mut loops = Loops::default();
//! loops.maintain_retention(retention, 30);
//! // … until the process must stop:
//! let finished = loops.stop(Duration::from_secs(20)).await;
//! # }
//! ```
//!
//! [`EventRetention`]: users_domain::ports::EventRetention
//! [`IdempotencyStore`]: users_domain::ports::IdempotencyStore
//! [`LaneStore`]: users_domain::ports::LaneStore
//! [`Outbox`]: users_domain::ports::Outbox
//! [`PurgeService`]: users_domain::service::PurgeService
//! [`RecoveryStore`]: users_domain::ports::RecoveryStore
//! [`SearchUpkeep`]: users_domain::ports::SearchUpkeep

mod adaptive_batch;
mod dispatching;
mod event_retention;
mod idempotency_cleanup;
mod loops;
mod poll_backoff;
mod purging;
mod recovery;
mod search_upkeep;
mod sequencing;
mod stop;
mod wake;

pub use event_retention::DAYS_AHEAD;
pub use loops::{DeliveryParts, Loops};
pub use poll_backoff::Polls;
pub use purging::{PurgeMetrics, PurgeParts};
pub use wake::{Wake, WakingUserStore};
