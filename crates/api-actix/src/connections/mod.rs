//! Connections of clients. Owns how many are open, how long each waits for its client, and how all of them end; must never
//! look for more in what is sent over them than where requests begin.

mod connection;
mod metrics;
mod places;
mod serving;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

pub(crate) use connection::{local_address, while_client_sends};
pub use metrics::ConnectionMetrics;
use places::Places;
pub use serving::LONGEST_GRACE_SECONDS;

use crate::state::TrustsProxy;

/// How many connections there are, and how long each waits for its client.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Open at once.
    pub total: usize,
    /// Open at once from one client address (of IPv6: one network of 64 bits).
    pub per_client: usize,
    /// How long a client may take to send the head of a request.
    pub head: Duration,
    /// How long a connection stays open for the next request; zero closes it after every answer.
    pub idle: Duration,
    /// How long a client may take nothing of its answer, and how far it may be behind the slowest pace.
    pub stall: Duration,
}

impl Default for ConnectionLimits {
    /// Those of the service's default configuration.
    fn default() -> Self {
        Self {
            total: 5000,
            per_client: 1000,
            head: Duration::from_secs(5),
            idle: Duration::from_secs(75),
            stall: Duration::from_mins(1),
        }
    }
}

/// The connections of one listener. Clones are the same ones.
#[derive(Clone)]
pub struct Connections(Arc<Places>);

impl Connections {
    /// None yet. The addresses that `trusts` names speak for many clients: they may have all places.
    #[must_use]
    pub fn new(limits: ConnectionLimits, trusts: TrustsProxy, metrics: ConnectionMetrics) -> Self {
        Self(Arc::new(Places::new(limits, trusts, metrics)))
    }

    /// From now on every answer is the last one of its connection.
    pub fn drain(&self) {
        self.0.drain();
    }

    /// Takes no further connection, closes those that wait for their client, and waits for the others. Whether all ended in
    /// time.
    pub async fn close(&self, grace: Duration) -> bool {
        self.0.close();
        timeout(grace, self.0.all_ended()).await.is_ok()
    }
}
