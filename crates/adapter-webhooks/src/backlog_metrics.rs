//! Metrics of the pending work of all processes, read from the store for each scrape.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use users_domain::ports::{Backlog, BacklogReader};

use crate::dispatcher::StoreOutage;
use crate::metrics::register_backlog;

/// Scrapes within this time share one read of the store.
const READ_AT_MOST_EVERY: Duration = Duration::from_secs(2);

/// Maximum wait of a scrape for the store.
const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// The backlog as last read.
pub struct BacklogMetrics {
    reader: Arc<dyn BacklogReader>,
    outage: StoreOutage,
    last: Mutex<Option<(Instant, Option<Backlog>)>>,
}

impl BacklogMetrics {
    /// Creates metrics that are read from the store.
    #[must_use]
    pub fn new(reader: Arc<dyn BacklogReader>) -> Self {
        Self { reader, outage: StoreOutage::new("backlog"), last: Mutex::new(None) }
    }

    /// Registers the current backlog, or nothing if the store does not respond in time.
    pub async fn register(&self, registry: &mut Registry) {
        if let Some(backlog) = self.read().await {
            register_backlog(registry, &backlog);
        }
    }

    async fn read(&self) -> Option<Backlog> {
        let mut last = self.last.lock().await;
        if let Some((at, backlog)) = *last
            && at.elapsed() < READ_AT_MOST_EVERY
        {
            return backlog;
        }
        let backlog = match timeout(READ_TIMEOUT, self.reader.backlog()).await {
            Ok(Ok(backlog)) => {
                self.outage.answered();
                Some(backlog)
            }
            Ok(Err(error)) => {
                self.outage.failed(&error);
                None
            }
            Err(_) => None,
        };
        *last = Some((Instant::now(), backlog));
        backlog
    }
}

#[cfg(test)]
mod tests;
