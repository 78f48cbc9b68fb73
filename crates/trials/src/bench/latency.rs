//! Percentiles of durations.

use std::time::Duration;

/// Percentiles of many durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// Number of durations.
    pub events: usize,
    /// 50th percentile.
    pub p50: Duration,
    /// 99th percentile.
    pub p99: Duration,
    /// Longest duration.
    pub max: Duration,
}

impl Latency {
    /// Computes the percentiles of durations in microseconds.
    #[must_use]
    pub fn of(mut latencies: Vec<i64>) -> Self {
        latencies.sort_unstable();
        let at = |part: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "an index of a list that fits into memory"
            )]
            let index = ((latencies.len() as f64 * part).ceil() as usize).saturating_sub(1);
            let micros = latencies.get(index).copied().unwrap_or(0);
            Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        };
        Self { events: latencies.len(), p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_list() {
        let latency = Latency::of((1..=1_000).rev().collect());
        let micros = Duration::from_micros;
        assert_eq!(
            (latency.p50, latency.p99, latency.max),
            (micros(500), micros(990), micros(1_000))
        );
        assert_eq!(Latency::of(Vec::new()).events, 0);
    }
}
