//! Manages client connections: limits their number and their waits, and ends them at shutdown. Reads only as much of
//! the transferred bytes as it needs to find where requests begin.

mod connection;
mod metrics;
mod places;
mod running;
mod serving;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

pub(crate) use connection::{local_address, while_client_sends};
pub use metrics::ConnectionMetrics;
use places::Places;
pub use running::RunningServer;
pub use serving::LONGEST_GRACE_SECONDS;

use crate::http::settings::TrustsProxy;

/// Limits on connections and on waits for clients.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// The most connections open at once.
    pub total: usize,
    /// The most connections open at once from one client address (one /64 network for IPv6).
    pub per_client: usize,
    /// How long a client may take to send the head of a request.
    pub head: Duration,
    /// How long an idle connection stays open for the next request; zero closes it after every response.
    pub idle: Duration,
    /// How long a client may read nothing of its response, and how far it may fall behind the lowest allowed rate.
    pub stall: Duration,
}

impl Default for ConnectionLimits {
    /// The limits of the default configuration.
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

/// The connections of one listener. Clones share their state.
#[derive(Clone)]
pub struct Connections(Arc<Places>);

impl Connections {
    /// Starts without connections. Addresses that `trusts` accepts are proxies of many clients, so the per-client limit
    /// does not apply to them.
    #[must_use]
    pub fn new(limits: ConnectionLimits, trusts: TrustsProxy, metrics: ConnectionMetrics) -> Self {
        Self(Arc::new(Places::new(limits, trusts, metrics)))
    }

    /// Makes every further response the last one on its connection.
    pub fn drain(&self) {
        self.0.drain();
    }

    /// Accepts no further connections, closes those between requests, and waits up to `grace` for the others. Returns
    /// whether all ended in time.
    pub async fn close(&self, grace: Duration) -> bool {
        self.0.close();
        timeout(grace, self.0.all_ended()).await.is_ok()
    }
}
