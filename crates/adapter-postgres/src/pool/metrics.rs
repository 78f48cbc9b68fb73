//! Metrics of the connection pools to PostgreSQL. No series names an application.

use std::fmt::{self, Debug, Formatter};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::{Pool, Work};
use crate::numbers::signed;

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
type OfPool = (&'static str, &'static str, fn(&Pool) -> u32);

const OF_POOL: [OfPool; 2] = [
    ("database_connections_max", "Connections that the pool keeps", |pool| {
        pool.sessions.max_size()
    }),
    ("database_connections_open", "Connections that the pool has", |pool| {
        pool.sessions.state().connections
    }),
];

/// A gauge per pool and kind of work: name, help and value, given the numbers of connections in use and of waiting calls.
type OfWork = (&'static str, &'static str, fn((usize, usize)) -> usize);

const OF_WORK: [OfWork; 2] = [
    ("database_connections_in_use", "Connections in use, by kind of work", |(in_use, _)| in_use),
    (
        "database_calls_waiting",
        "Calls that wait for a connection, by kind of work",
        |(_, waiting)| waiting,
    ),
];

impl Collector for PoolMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, help, value) in OF_POOL {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (label, pool) in &self.0 {
                let gauge = ConstGauge::new(i64::from(value(pool)));
                gauge.encode(metric.encode_family(&[("pool", *label)])?)?;
            }
        }
        for (name, help, value) in OF_WORK {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (label, pool) in &self.0 {
                for work in Work::ALL {
                    let gauge = ConstGauge::new(signed(value(pool.queue.usage(work))));
                    let labels = [("pool", *label), ("work", work.as_str())];
                    gauge.encode(metric.encode_family(&labels)?)?;
                }
            }
        }
        let help = "Calls that got no connection in time";
        let mut metric =
            encoder.encode_descriptor("database_calls_refused", help, None, MetricType::Counter)?;
        for (label, pool) in &self.0 {
            let refused = ConstCounter::new(pool.refused());
            refused.encode(metric.encode_family(&[("pool", *label)])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
