//! Tests of the webhook delivery settings.

use std::net::IpAddr;
use std::time::Duration;

use super::{SECRET, URL, load};

const SHARED: [(&str, &str); 3] =
    [("DATABASE_URL", URL), ("MIGRATION_DATABASE_URL", URL), ("SECRET_KEY", SECRET)];

fn opens(networks: &[users_domain::model::Network], address: &str) -> bool {
    let address: IpAddr = address.parse().unwrap();
    networks.iter().any(|network| network.contains(address))
}

#[test]
fn only_an_embedded_cluster_may_call_loopback_over_http() {
    let own = load(&[]).unwrap().delivery;
    assert!(own.allow_http && own.opened_by_default);
    for address in ["127.0.0.1", "127.1.2.3", "::1"] {
        assert!(opens(&own.allowed_networks, address), "{address}");
    }
    assert!(!opens(&own.allowed_networks, "10.0.0.1"));

    let shared = load(&SHARED).unwrap().delivery;
    assert!(!shared.allow_http && !shared.opened_by_default);
    assert!(shared.allowed_networks.is_empty());
}

#[test]
fn nothing_is_open_by_default_when_other_machines_reach_the_api() {
    for (listen_addr, open) in [
        ("127.0.0.1:8080", true),
        ("[::1]:8080", true),
        ("0.0.0.0:8080", false),
        ("[::]:8080", false),
        ("192.0.2.1:8080", false),
    ] {
        let own = load(&[("LISTEN_ADDR", listen_addr)]).unwrap().delivery;
        let opened = (own.allow_http, own.opened_by_default);
        assert_eq!(opened, (open, open), "{listen_addr}");
        assert_eq!(own.allowed_networks.is_empty(), !open, "{listen_addr}");
    }
}

/// Other machines reach the API through a proxy on this machine.
#[test]
fn nothing_is_open_by_default_behind_a_proxy() {
    for behind in [("PUBLIC_URL", "https://users.example.com"), ("TRUSTED_PROXIES", "127.0.0.1")] {
        let own = load(&[behind]).unwrap().delivery;
        assert!(!own.allow_http && !own.opened_by_default, "{behind:?}");
        assert!(own.allowed_networks.is_empty(), "{behind:?}");
    }
}

#[test]
fn explicit_settings_override_the_defaults_of_either_database() {
    let closed = [("WEBHOOK_ALLOW_HTTP", "false"), ("WEBHOOK_ALLOWED_NETWORKS", "")];
    let own = load(&closed).unwrap().delivery;
    assert!(!own.allow_http && own.allowed_networks.is_empty() && !own.opened_by_default);

    let mut opened = SHARED.to_vec();
    opened
        .extend([("WEBHOOK_ALLOW_HTTP", "true"), ("WEBHOOK_ALLOWED_NETWORKS", "10.1.0.0/16, ::1")]);
    let shared = load(&opened).unwrap().delivery;
    assert!(shared.allow_http && !shared.opened_by_default);
    assert!(opens(&shared.allowed_networks, "10.1.2.3"));
    assert!(!opens(&shared.allowed_networks, "10.2.0.1"));
}

/// Attempts may last longer than a lease because the lease is renewed.
#[test]
fn lanes_of_a_killed_process_wait_at_most_twenty_seconds() {
    let lease =
        |settings: &[(&str, &str)]| load(settings).map(|config| config.delivery.dispatcher.lease);
    let wait = lease(&[]).unwrap() + load(&[]).unwrap().delivery.polls.longest;
    assert!(wait <= Duration::from_secs(20), "{wait:?}");
    let slow = [("WEBHOOK_REQUEST_TIMEOUT_MS", "29000")];
    assert_eq!(lease(&slow), lease(&[]));
    let shortest = lease(&[("WEBHOOK_LEASE_SECONDS", "5")]);
    assert_eq!(shortest, Ok(Duration::from_secs(5)));
    assert!(lease(&[("WEBHOOK_LEASE_SECONDS", "4")]).is_err());
}

#[test]
fn too_few_concurrent_attempts_give_a_warning() {
    let own = load(&[]).unwrap();
    assert_eq!(own.warnings(), [""; 0]);
    assert_eq!(own.delivery.dispatcher.in_flight, 8 * own.delivery.dispatcher.lanes);

    for (key, value) in [("WEBHOOK_IN_FLIGHT", "383"), ("WEBHOOK_LANES", "49")] {
        let config = load(&[(key, value)]).unwrap();
        let [warning] = config.warnings() else { panic!("{:?}", config.warnings()) };
        assert!(warning.starts_with("webhook_in_flight is less than"), "{warning}");
    }
}

#[test]
fn contradictory_times_are_rejected() {
    assert_eq!(
        load(&[("WEBHOOK_CONNECT_TIMEOUT_MS", "15000")]).unwrap_err(),
        [
            "WEBHOOK_CONNECT_TIMEOUT_MS: must be less than webhook_request_timeout_ms, which is 15000 ms"
        ]
    );
    assert_eq!(
        load(&[("WEBHOOK_POLL_SHORTEST_MS", "251")]).unwrap_err(),
        ["WEBHOOK_POLL_SHORTEST_MS: must be at most webhook_poll_longest_ms, which is 250 ms"]
    );
    assert!(load(&[("WEBHOOK_ALLOWED_NETWORKS", "localhost")]).is_err());
}

#[test]
fn the_metrics_address_must_not_overlap_the_api_address() {
    for (api, metrics, is_taken) in [
        ("127.0.0.1:9000", "127.0.0.1:9000", true),
        ("0.0.0.0:9000", "127.0.0.1:9000", true),
        ("[::1]:9000", "[::]:9000", true),
        ("[::]:9000", "0.0.0.0:9000", true),
        ("[::]:9000", "127.0.0.1:9000", true),
        ("127.0.0.1:9000", "[::]:9000", true),
        ("0.0.0.0:9000", "[::1]:9000", false),
        ("127.0.0.1:0", "127.0.0.1:0", false),
        ("127.0.0.1:9000", "127.0.0.1:9001", false),
        ("127.0.0.1:9000", "127.0.0.2:9000", false),
        ("127.0.0.1:9000", "[::1]:9000", false),
    ] {
        let loaded = load(&[("LISTEN_ADDR", api), ("METRICS_LISTEN_ADDR", metrics)]);
        let problem = format!(
            "METRICS_LISTEN_ADDR: must be another address than listen_addr, which is {api}"
        );
        let expected = if is_taken { vec![problem] } else { Vec::new() };
        assert_eq!(loaded.err().unwrap_or_default(), expected);
    }
}
