//! Reads lost leases and possible duplicates from the metrics of processes.

use std::ops::AddAssign;
use std::time::Duration;

use crate::Error;
use crate::api::http_client;
use crate::service::Service;

const LIMIT: Duration = Duration::from_secs(10);

/// Sums of counters over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Leases that expired before the lane was released.
    pub lease_losses: u64,
    /// Attempts that may have been sent twice.
    pub duplicates_possible: u64,
}

impl AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.lease_losses += other.lease_losses;
        self.duplicates_possible += other.duplicates_possible;
    }
}

impl Counted {
    /// Reads the counters of a process.
    pub(super) async fn by(process: &Service) -> Result<Self, Error> {
        let address = process.metrics_address().ok_or("metrics are not served")?;
        let client = http_client(LIMIT)?;
        let answer = client.get(format!("http://{address}/metrics")).send();
        let text = answer.await?.error_for_status()?.text().await?;
        Self::parse(&text).ok_or_else(|| "the counters are not among the metrics".into())
    }

    fn parse(text: &str) -> Option<Self> {
        Some(Self {
            lease_losses: value(text, "users_webhook_lease_losses_total")?,
            duplicates_possible: value(text, "users_webhook_duplicates_possible_total")?,
        })
    }
}

fn value(text: &str, series: &str) -> Option<u64> {
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_parsed_from_metrics() {
        let text = "# TYPE users_webhook_lease_losses counter\n\
            users_webhook_lease_losses_total 3\nusers_webhook_duplicates_possible_total 17\n";
        let counted = Counted { lease_losses: 3, duplicates_possible: 17 };
        assert_eq!(Counted::parse(text), Some(counted));
        assert_eq!(Counted::parse("users_outbox_rows 3"), None);
    }
}
