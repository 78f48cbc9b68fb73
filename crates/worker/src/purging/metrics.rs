//! Metrics of erasing users. No series names an application or a user.

use adapter_webhooks::registered;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use users_domain::ports::StoreError;
use users_domain::service::PurgeOutcome;

/// Metrics of the users that this process erased.
#[derive(Debug, Clone, Default)]
pub struct PurgeMetrics {
    users: Counter,
    runs: Family<[(&'static str, &'static str); 1], Counter>,
    waiting: Gauge,
}

impl PurgeMetrics {
    /// Registers the metrics.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        Self {
            users: registered(
                registry,
                "purged",
                "Users that were erased because their retention period had ended",
            ),
            runs: registered(
                registry,
                "purge_runs",
                "Runs that looked for users to erase, by outcome",
            ),
            waiting: registered(
                registry,
                "purge_waiting",
                "Users that the last run skipped because some of their events are not delivered yet",
            ),
        }
    }

    pub(super) fn erased(&self, users: u64) {
        self.users.inc_by(users);
    }

    pub(super) fn ended(&self, outcome: &Result<PurgeOutcome, StoreError>) {
        let word = match outcome {
            Ok(PurgeOutcome::Finished { waiting, .. }) => {
                self.waiting.set(i64::try_from(*waiting).unwrap_or(i64::MAX));
                "finished"
            }
            Ok(PurgeOutcome::Busy) => "busy",
            Ok(PurgeOutcome::Stopped) => "stopped",
            Err(_) => "failed",
        };
        self.runs.get_or_create_owned(&[("outcome", word)]).inc();
    }
}
