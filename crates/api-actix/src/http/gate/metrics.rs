//! Metrics of requests. All label values come from the route table, so that clients cannot create series.

use std::time::Duration;

use actix_web::http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::http::route::Route;

/// Bucket bounds in seconds, up to the request time limit.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The label of requests without a route.
const NO_ROUTE: &str = "none";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    route: &'static str,
    method: &'static str,
    status: &'static str,
}

/// Request metrics of this process. Clones share their counters.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: Family<AnswerLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

impl Default for HttpMetrics {
    /// Metrics outside of any registry.
    fn default() -> Self {
        Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        }
    }
}

impl HttpMetrics {
    /// Registers the metrics in `registry`.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "http_requests",
            "Requests with a response, by route, method and status class",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time from the head of a request to the head of its response",
            Unit::Seconds,
            metrics.seconds.clone(),
        );
        metrics
    }

    /// Counts a response to a request, with its route if one matched.
    pub(super) fn answered(
        &self,
        route: Option<&'static Route>,
        status: StatusCode,
        took: Duration,
    ) {
        let (route, method) =
            route.map_or((NO_ROUTE, NO_ROUTE), |route| (route.path, route.method.as_str()));
        let status = match status.as_u16() {
            ..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        let answer = AnswerLabels { route, method, status };
        self.requests.get_or_create(&answer).inc();
        let labels = RouteLabels { route, method };
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }
}
