//! The settings of webhook delivery and of its monitoring.

use std::net::SocketAddr;
use std::time::Duration;

use adapter_webhooks::DispatcherLimits;
use embedded_postgres::POOLED_CONNECTIONS;
use layered_settings::{Noted, Reader, read_fields, section};
use users_domain::model::Network;
use worker::Polls;

use super::sections::MINUTE_MS;
use super::values;

/// Non-public addresses that webhooks may call by default when the service runs on one machine only.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];

section! {
    /// Webhook delivery and its monitoring.
    pub(crate) struct Delivery {
        /// Address of the metrics server; `None`: metrics are not served.
        pub(crate) metrics_listen_addr: Option<SocketAddr> = optional("metrics_listen_addr", values::listen_addr),
        /// Whether destinations may use plain http.
        pub(crate) allow_http: bool = flag("webhook_allow_http"),
        /// Non-public networks that webhooks may call.
        pub(crate) allowed_networks: Vec<Network> = list("webhook_allowed_networks", values::network),
        /// Whether `allow_http` or `allowed_networks` is open by default, without a setting.
        pub(crate) opened_by_default: bool = with(|_| Ok(false)),
        /// Maximum time to connect.
        pub(crate) connect_timeout: Duration = milliseconds("webhook_connect_timeout_ms", 10..=MINUTE_MS),
        /// Limits of the dispatcher.
        pub(crate) dispatcher: DispatcherLimits = with(dispatcher),
        /// Maximum number of changes sequenced at a time.
        pub(crate) sequence_batch: usize = number("webhook_sequence_batch", 1..=10_000),
        /// Waits between two polls.
        pub(crate) polls: Polls = with(polls),
        /// Database connections for delivery.
        pub(crate) pool_size: u32 = number("webhook_pool_size", 1..=100),
        /// Days for which events and attempts are retained.
        pub(crate) retention_days: u32 = number("webhook_event_retention_days", 6..=3650),
    }
}

fn dispatcher(reader: &mut Reader<'_>) -> Result<DispatcherLimits, Noted> {
    read_fields!(reader, DispatcherLimits {
        request_timeout = milliseconds("webhook_request_timeout_ms", 100..=2 * MINUTE_MS),
        lease = seconds("webhook_lease_seconds", 5..=3600),
        lanes = number("webhook_lanes", 1..=10_000),
        in_flight = number("webhook_in_flight", 1..=80_000),
        batch = number("webhook_batch", 1..=1000),
        ..DispatcherLimits::default()
    })
}

fn polls(reader: &mut Reader<'_>) -> Result<Polls, Noted> {
    read_fields!(reader, Polls {
        shortest = milliseconds("webhook_poll_shortest_ms", 1..=MINUTE_MS),
        longest = milliseconds("webhook_poll_longest_ms", 1..=MINUTE_MS),
    })
}

impl Delivery {
    /// Allows plain http and loopback where they are not set. For a service with an embedded cluster whose API only
    /// this machine can reach.
    pub(super) fn open_defaults(&mut self, reader: &Reader<'_>) {
        if !reader.is_set("webhook_allow_http") {
            self.allow_http = true;
            self.opened_by_default = true;
        }
        if !reader.is_set("webhook_allowed_networks") {
            let loopback = LOOPBACK.into_iter().map(Network::parse);
            self.allowed_networks = loopback.filter_map(Result::ok).collect();
            self.opened_by_default = true;
        }
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
    pub(super) fn check_pools(&self, reader: &mut Reader<'_>, for_requests: u32) {
        if (for_requests + self.pool_size) as usize > POOLED_CONNECTIONS {
            let message = format!(
                "must be at most {POOLED_CONNECTIONS} together with webhook_pool_size, as the embedded cluster accepts \
                no more connections for both"
            );
            reader.problem("database_pool_size", &message);
        }
    }

    /// Reports contradictory waits, and warns of too few attempts at once.
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        if self.polls.shortest > self.polls.longest {
            let longest = self.polls.longest.as_millis();
            let message = format!("must be at most webhook_poll_longest_ms, which is {longest} ms");
            reader.problem("webhook_poll_shortest_ms", &message);
        }
        let enough = DispatcherLimits::enough_in_flight(self.dispatcher.lanes);
        if self.dispatcher.in_flight < enough {
            reader.warning(format!(
                "webhook_in_flight is less than {enough}, which is 8 for each of webhook_lanes: slow destinations may \
                delay other destinations of their application"
            ));
        }
    }
}
