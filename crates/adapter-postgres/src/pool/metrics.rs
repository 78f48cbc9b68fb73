//! Metrics of the connection pools to PostgreSQL. No series names an application.

use std::fmt::{self, Debug, Formatter};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::{Pool, PoolUsage, WorkUsage};

/// Reads the usage of named pools when it is scraped.
pub struct PoolMetrics(Vec<(&'static str, Pool)>);

impl PoolMetrics {
    /// Returns the metrics of these pools; each is named in the label `pool`.
    pub fn of(pools: impl Into<Vec<(&'static str, Pool)>>) -> Self {
        Self(pools.into())
    }
}

impl Debug for PoolMetrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A gauge per pool: name, help and value.
type OfPool = (&'static str, &'static str, fn(&PoolUsage) -> usize);

const OF_POOL: [OfPool; 2] = [
    ("database_connections_max", "Connections that the pool keeps", |pool| pool.size),
    ("database_connections_open", "Connections that the pool has", |pool| pool.open),
];

/// A gauge per pool and kind of work: name, help and value.
type OfWork = (&'static str, &'static str, fn(&WorkUsage) -> usize);

const OF_WORK: [OfWork; 2] = [
    ("database_connections_in_use", "Connections in use, by kind of work", |work| work.in_use),
    ("database_calls_waiting", "Calls that wait for a connection, by kind of work", |work| {
        work.waiting
    }),
];

impl Collector for PoolMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let pools: Vec<_> = self.0.iter().map(|(name, pool)| (*name, pool.usage())).collect();
        let gauge = |count: usize| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
        for (name, help, value) in OF_POOL {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (pool, usage) in &pools {
                gauge(value(usage)).encode(metric.encode_family(&[("pool", *pool)])?)?;
            }
        }
        for (name, help, value) in OF_WORK {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (pool, usage) in &pools {
                for work in &usage.by_work {
                    let labels = [("pool", *pool), ("work", work.work.as_str())];
                    gauge(value(work)).encode(metric.encode_family(&labels)?)?;
                }
            }
        }
        let help = "Calls that got no connection in time";
        let mut metric =
            encoder.encode_descriptor("database_calls_refused", help, None, MetricType::Counter)?;
        for (pool, usage) in &pools {
            let refused = ConstCounter::new(usage.refused);
            refused.encode(metric.encode_family(&[("pool", *pool)])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
