//! The settings of webhook delivery and of its monitoring.

use std::net::SocketAddr;
use std::time::Duration;

use adapter_webhooks::DispatcherLimits;
use embedded_postgres::POOLED_CONNECTIONS;
use users_domain::model::Network;

use super::reader::{Noted, Reader};
use super::sections::{MINUTE_MS, check_within};
use super::values;

/// Non-public addresses that webhooks may call by default when the service runs on one machine only.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];

/// Webhook delivery and its monitoring.
#[derive(Debug)]
pub struct Delivery {
    /// Address of the metrics server; `None`: metrics are not served.
    pub metrics_listen_addr: Option<SocketAddr>,
    /// Whether destinations may use plain http.
    pub allow_http: bool,
    /// Non-public networks that webhooks may call.
    pub allowed_networks: Vec<Network>,
    /// Whether `allow_http` or `allowed_networks` is open by default, without a setting.
    pub opened_by_default: bool,
    /// Maximum time to connect.
    pub connect_timeout: Duration,
    /// Maximum time of an attempt.
    pub request_timeout: Duration,
    /// How long a process leases a destination.
    pub lease: Duration,
    /// Maximum number of destinations served at once.
    pub lanes: usize,
    /// Maximum number of concurrent attempts.
    pub in_flight: usize,
    /// Maximum number of due events read per destination at a time.
    pub batch: usize,
    /// Maximum number of changes sequenced at a time.
    pub sequence_batch: usize,
    /// Minimum wait between two polls.
    pub poll_shortest: Duration,
    /// Maximum wait between two polls.
    pub poll_longest: Duration,
    /// Database connections for delivery.
    pub pool_size: usize,
    /// Days for which events and attempts are retained.
    pub retention_days: u32,
}

impl Delivery {
    /// `local`: whether the database is embedded and only this machine can reach the API.
    pub(super) fn read(reader: &mut Reader<'_>, local: bool) -> Result<Self, Noted> {
        let metrics_listen_addr = reader.optional("metrics_listen_addr", values::listen_addr);
        let http_is_set = reader.is_set("webhook_allow_http");
        let allow_http = reader.flag("webhook_allow_http");
        let networks_are_set = reader.is_set("webhook_allowed_networks");
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
            opened_by_default: local && !(http_is_set && networks_are_set),
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
        if local && !http_is_set {
            delivery.allow_http = true;
        }
        if local && !networks_are_set {
            let loopback = LOOPBACK.into_iter().map(Network::parse);
            delivery.allowed_networks = loopback.filter_map(Result::ok).collect();
        }
        delivery.check(reader);
        Ok(delivery)
    }

    /// Reports a metrics address that overlaps the address of the API.
    pub(super) fn check_listen_addr(&self, reader: &mut Reader<'_>, listen_addr: SocketAddr) {
        let Some(metrics) = self.metrics_listen_addr else {
            return;
        };
        // The unspecified IPv6 address also accepts IPv4 connections.
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

    /// Reports pools that exceed the connection limit of the embedded cluster.
    pub(super) fn check_pools(&self, reader: &mut Reader<'_>, for_requests: usize) {
        if for_requests + self.pool_size > POOLED_CONNECTIONS {
            let message = format!(
                "must be at most {POOLED_CONNECTIONS} together with webhook_pool_size, as the embedded cluster accepts \
                no more connections for both"
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
                "webhook_in_flight is less than {enough}, which is 8 for each of webhook_lanes: slow destinations may \
                delay other destinations of their application"
            ));
        }
    }
}
