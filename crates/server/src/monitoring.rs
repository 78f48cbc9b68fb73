//! The operators' endpoints `/metrics`, `/healthz` and `/readyz`, on a separate address and without keys. Must never
//! show an id, a name or an address of a user or client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, web};
use adapter_system::process_metrics;
use adapter_webhooks::BacklogMetrics;
use api_actix::{ConnectionLimits, ConnectionMetrics, Connections, RunningServer};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;
use tokio::time::timeout;
use users_domain::ports::Readiness;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Maximum wait of a probe for the database.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// Small limits, as scrapers and probes use few and short connections.
const CONNECTIONS: ConnectionLimits = ConnectionLimits {
    total: 64,
    per_client: 16,
    head: Duration::from_secs(5),
    idle: Duration::from_secs(75),
    stall: Duration::from_secs(10),
};

/// The sources of the monitoring endpoints.
pub(crate) struct Monitoring {
    /// The metrics of this process.
    pub(crate) process: Registry,
    /// The metrics of all processes, from the database.
    pub(crate) backlog: BacklogMetrics,
    /// Whether the service is ready.
    pub(crate) readiness: Arc<dyn Readiness>,
}

impl Monitoring {
    /// Returns all metrics as `OpenMetrics` text, without the backlog if the database does not respond in time.
    async fn metrics(&self) -> Result<String, fmt::Error> {
        let mut backlog = Registry::with_prefix("users");
        self.backlog.register(&mut backlog).await;
        let mut text = String::new();
        for registry in [&process_metrics(), &self.process, &backlog] {
            encode_registry(&mut text, registry)?;
        }
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// Starts the monitoring server.
pub(crate) fn serve(monitoring: Monitoring, address: SocketAddr) -> io::Result<RunningServer> {
    let shared = web::Data::new(monitoring);
    let connections =
        Connections::new(CONNECTIONS, Arc::new(|_| false), ConnectionMetrics::default());
    let app = move || {
        App::new()
            .app_data(shared.clone())
            .route("/metrics", web::get().to(metrics))
            .route("/healthz", web::get().to(healthz))
            .route("/readyz", web::get().to(readyz))
    };
    let (server, address) = connections.listen(app, address, 1)?;
    tracing::info!(%address, "metrics are served");
    Ok(RunningServer::start(connections, server))
}

async fn metrics(monitoring: web::Data<Monitoring>) -> actix_web::Result<HttpResponse> {
    let text = monitoring.metrics().await.map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().content_type(OPEN_METRICS).body(text))
}

async fn healthz() -> HttpResponse {
    plain(StatusCode::OK, "ok\n")
}

async fn readyz(monitoring: web::Data<Monitoring>) -> HttpResponse {
    let checked = timeout(READY_WITHIN, monitoring.readiness.check()).await;
    if matches!(checked, Ok(Ok(()))) {
        plain(StatusCode::OK, "ready\n")
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

fn plain(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status).insert_header(ContentType::plaintext()).body(text)
}
