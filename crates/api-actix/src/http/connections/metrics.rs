//! Metrics of connections, and a rate-limited log line. Contains no client addresses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

/// At most one log line is written in this interval.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

/// Why the service closed a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// The rest of a head did not arrive in time.
    SlowHead,
    /// No further request arrived in time.
    Idle,
    /// The client did not read its response in time.
    SlowReader,
    /// It waited for its client, and its place was given to a new connection.
    MadeRoom {
        /// The limit that was reached, for the log.
        limit: &'static str,
    },
}

impl Closed {
    const fn reason(self) -> &'static str {
        match self {
            Self::SlowHead => "slow_head",
            Self::Idle => "idle",
            Self::SlowReader => "slow_reader",
            Self::MadeRoom { .. } => "made_room",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

/// Connection metrics of this process. Clones share their counters.
#[derive(Debug, Clone, Default)]
pub struct ConnectionMetrics {
    open: Gauge,
    opened: Counter,
    closed: Family<ReasonLabel, Counter>,
    refused: Counter,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    written: Option<Instant>,
    made_room: u64,
    refused: u64,
}

impl ConnectionMetrics {
    /// Registers the metrics in `registry`.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        for closed in
            [Closed::SlowHead, Closed::Idle, Closed::SlowReader, Closed::MadeRoom { limit: "" }]
        {
            drop(metrics.closed.get_or_create_owned(&label(closed)));
        }
        registry.register("http_connections", "Connections that are open", metrics.open.clone());
        registry.register(
            "http_connections_opened",
            "Connections that were opened",
            metrics.opened.clone(),
        );
        registry.register(
            "http_connections_closed",
            "Connections that the service closed, by reason",
            metrics.closed.clone(),
        );
        registry.register(
            "http_connections_refused",
            "Connections that were closed immediately because every place had a request in progress",
            metrics.refused.clone(),
        );
        metrics
    }

    pub(super) fn opened(&self) {
        self.open.inc();
        self.opened.inc();
    }

    pub(super) fn ended(&self) {
        self.open.dec();
    }

    pub(super) fn closed(&self, closed: Closed) {
        self.closed.get_or_create(&label(closed)).inc();
        if let Closed::MadeRoom { limit } = closed {
            self.log(limit, |log| &mut log.made_room);
        }
    }

    pub(super) fn refused(&self, limit: &'static str) {
        self.refused.inc();
        self.log(limit, |log| &mut log.refused);
    }

    fn log(&self, limit: &'static str, sum: impl FnOnce(&mut Log) -> &mut u64) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        *sum(&mut log) += 1;
        let now = Instant::now();
        if log.written.is_some_and(|written| now.saturating_duration_since(written) < LOGGED_EVERY)
        {
            return;
        }
        let Log { made_room, refused, .. } =
            std::mem::replace(&mut *log, Log { written: Some(now), ..Log::default() });
        drop(log);
        tracing::warn!(limit, made_room, refused, "the limit of connections is reached");
    }
}

const fn label(closed: Closed) -> ReasonLabel {
    ReasonLabel { reason: closed.reason() }
}
