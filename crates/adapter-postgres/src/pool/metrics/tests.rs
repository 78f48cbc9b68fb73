use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::super::PoolConfig;
use super::*;

#[tokio::test]
async fn every_pool_shows_its_connections_and_waiting_calls() {
    // No server listens on this address.
    let pool = Pool::new("postgres://127.0.0.1:1/users", &PoolConfig::default()).unwrap();
    let mut registry = Registry::with_prefix("users");
    registry.register_collector(Box::new(PoolMetrics::of([("requests", pool)])));
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        "users_database_connections_max{pool=\"requests\"} 8",
        "users_database_connections_open{pool=\"requests\"} 0",
        "users_database_connections_in_use{pool=\"requests\",work=\"lookup\"} 0",
        "users_database_calls_waiting{pool=\"requests\",work=\"batch\"} 0",
        "users_database_calls_refused_total{pool=\"requests\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
