//! Metrics of requests.

use api_actix::{HttpMetrics, routes};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::access::forms;
use crate::support::Api;

/// Calls every route, then unknown paths and methods: no label contains a value that a client sent.
#[actix_web::test]
async fn requests_are_counted_by_route_and_clients_cannot_create_series() {
    let mut registry = Registry::default();
    let api = Api::with(|ports| ports.metrics = HttpMetrics::registered(&mut registry)).await;
    for route in routes() {
        for uri in forms(route) {
            api.call(route.method.as_str(), &uri).send().await;
        }
    }
    let shown = |registry: &Registry| {
        let mut text = String::new();
        encode(&mut text, registry).unwrap();
        text
    };
    let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    for method in ["GET", "BREW", "DELETE"] {
        for path in ["/nowhere", "/v3/users/ada/nothing/", "/healthz/x"] {
            api.call(method, path).send().await;
        }
    }
    let before = shown(&registry);
    for name in ["ada", "bob", "eve"] {
        for method in ["GET", "BREW", "DELETE"] {
            for path in ["/v3/users/N/nothing/", "/v3/users/N/", "/N", "/healthz?N"] {
                api.call(method, &path.replace('N', name)).send().await;
            }
        }
    }
    let text = shown(&registry);
    assert_eq!(series(&text), series(&before));
    assert!(!text.contains("bob") && !text.contains("BREW"), "{text}");
    for route in routes() {
        let labels = format!("route=\"{}\",method=\"{}\"", route.path, route.method);
        let count = format!("http_request_duration_seconds_count{{{labels}}} ");
        assert!(text.contains(&count), "{count}{text}");
        assert!(text.contains(&format!("http_requests_total{{{labels},status=\"")));
    }
    let probes = "http_requests_total{route=\"/healthz\",method=\"GET\",status=\"2xx\"} ";
    assert!(text.contains(probes), "{text}");
    assert!(text.contains("http_requests_total{route=\"none\",method=\"none\",status=\"4xx\"} "));
}
