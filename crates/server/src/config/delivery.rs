//! The settings of sending webhooks, and of watching it.

use std::net::SocketAddr;
use std::time::Duration;

use adapter_postgres::embedded::POOLED_CONNECTIONS;
use adapter_webhooks::DispatcherLimits;
use users_domain::model::Network;

use super::reader::{Noted, Reader};
use super::sections::{MINUTE_MS, check_within};
use super::values;

/// What may be called besides public addresses while the service is being tried out on one machine.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];

/// Sending webhooks, and watching it.
#[derive(Debug)]
pub struct Delivery {
    /// Where metrics are served; `None`: nowhere.
    pub metrics_listen_addr: Option<SocketAddr>,
    /// Whether plain http may be used.
    pub allow_http: bool,
    /// Addresses that may be called although they are not public.
    pub allowed_networks: Vec<Network>,
    /// Whether `allow_http` or `allowed_networks` is open only because nobody said anything.
    pub opened_by_default: bool,
    /// Longest time to connect.
    pub connect_timeout: Duration,
    /// Longest time for an attempt.
    pub request_timeout: Duration,
    /// How long a destination belongs to a process.
    pub lease: Duration,
    /// Destinations in work at once.
    pub lanes: usize,
    /// Attempts under way at once.
    pub in_flight: usize,
    /// Due events read of a destination at a time.
    pub batch: usize,
    /// Changes sequenced at a time.
    pub sequence_batch: usize,
    /// Shortest wait before looking again.
    pub poll_shortest: Duration,
    /// Longest wait before looking again.
    pub poll_longest: Duration,
    /// Connections for delivery.
    pub pool_size: usize,
    /// How long events and attempts are kept.
    pub retention_days: u32,
}

impl Delivery {
    /// `local`: whether the database is the service's own and only this machine reaches the API.
    pub(super) fn read(reader: &mut Reader<'_>, local: bool) -> Result<Self, Noted> {
        let metrics_listen_addr = reader.optional("metrics_listen_addr", values::listen_addr);
        let said_http = reader.is_set("webhook_allow_http");
        let allow_http = reader.flag("webhook_allow_http");
        let said_networks = reader.is_set("webhook_allowed_networks");
        let allowed_networks = reader.list("webhook_allowed_networks", values::network);
        let connect = reader.milliseconds("webhook_connect_timeout_ms", 10..=MINUTE_MS);
        let request = reader.milliseconds("webhook_request_timeout_ms", 100..=2 * MINUTE_MS);
        let lease = reader.seconds("webhook_lease_seconds", 5..=3600);
        let lanes = reader.count("webhook_lanes", 1..=10_000);
        let in_flight = reader.count("webhook_in_flight", 1..=80_000);
        let batch = reader.count("webhook_batch", 1..=1000);
        let sequence_batch = reader.count("webhook_sequence_batch", 1..=10_000);
        let poll_shortest = reader.milliseconds("webhook_poll_shortest_ms", 1..=MINUTE_MS);
        let poll_longest = reader.milliseconds("webhook_poll_longest_ms", 1..=MINUTE_MS);
        let pool_size = reader.count("webhook_pool_size", 1..=100);
        let retention_days = reader.integer("webhook_event_retention_days", 6..=3650);

        let mut delivery = Self {
            metrics_listen_addr: metrics_listen_addr?,
            allow_http: allow_http?,
            allowed_networks: allowed_networks?,
            opened_by_default: local && !(said_http && said_networks),
            connect_timeout: connect?,
            request_timeout: request?,
            lease: lease?,
            lanes: lanes?,
            in_flight: in_flight?,
            batch: batch?,
            sequence_batch: sequence_batch?,
            poll_shortest: poll_shortest?,
            poll_longest: poll_longest?,
            pool_size: pool_size?,
            retention_days: u32::try_from(retention_days?).unwrap_or(u32::MAX),
        };
        if local && !said_http {
            delivery.allow_http = true;
        }
        if local && !said_networks {
            let loopback = LOOPBACK.into_iter().map(Network::parse);
            delivery.allowed_networks = loopback.filter_map(Result::ok).collect();
        }
        delivery.check(reader);
        Ok(delivery)
    }

    /// Two servers of one process cannot listen on the same address.
    pub(super) fn check_listen_addr(&self, reader: &mut Reader<'_>, listen_addr: SocketAddr) {
        let Some(metrics) = self.metrics_listen_addr else {
            return;
        };
        // That of IPv6 takes the connections of IPv4 as well.
        let covers = |all: SocketAddr, other: SocketAddr| {
            all.ip().is_unspecified() && (all.is_ipv6() || other.is_ipv4())
        };
        let all_of_family = covers(listen_addr, metrics) || covers(metrics, listen_addr);
        if metrics.port() != 0
            && metrics.port() == listen_addr.port()
            && (all_of_family || metrics.ip() == listen_addr.ip())
        {
            let message =
                format!("must be another address than listen_addr, which is {listen_addr}");
            reader.problem("metrics_listen_addr", &message);
        }
    }

    /// A cluster of the service's own takes so many connections and no more.
    pub(super) fn check_pools(&self, reader: &mut Reader<'_>, for_requests: usize) {
        if for_requests + self.pool_size > POOLED_CONNECTIONS {
            let message = format!(
                "must be at most {POOLED_CONNECTIONS} together with webhook_pool_size, as a cluster of the service's own \
                 takes no more connections for both"
            );
            reader.problem("database_pool_size", &message);
        }
    }

    fn check(&self, reader: &mut Reader<'_>) {
        let request = ("webhook_request_timeout_ms", self.request_timeout);
        check_within(
            reader,
            ("webhook_connect_timeout_ms", self.connect_timeout),
            request,
        );
        if self.poll_shortest > self.poll_longest {
            let longest = self.poll_longest.as_millis();
            let message = format!("must be at most webhook_poll_longest_ms, which is {longest} ms");
            reader.problem("webhook_poll_shortest_ms", &message);
        }
        let enough = DispatcherLimits::enough_in_flight(self.lanes);
        if self.in_flight < enough {
            reader.warning(format!(
                "webhook_in_flight is less than {enough}, which is 8 for each of webhook_lanes: slow destinations may keep \
                 others of their application waiting"
            ));
        }
    }
}
