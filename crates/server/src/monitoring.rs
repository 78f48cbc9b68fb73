//! The operators' endpoints `/metrics`, `/healthz` and `/readyz`, on a separate address and without keys. Must never
//! show an id, a name or an address of a user or client.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, web};
use adapter_system::process_metrics;
use adapter_webhooks::{StoreOutage, register_backlog};
use api_actix::{ConnectionLimits, ConnectionMetrics, Connections};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use users_domain::ports::{Backlog, BacklogReader, Readiness};

use crate::serving::Serving;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Scrapes within this time share one read of the database.
const BACKLOG_IS_KEPT_FOR: Duration = Duration::from_secs(2);

/// Maximum wait of a scrape for the database; after that it returns only this process's own counts.
const BACKLOG_MAY_TAKE: Duration = Duration::from_secs(3);

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
    counted: Registry,
    backlog: Arc<dyn BacklogReader>,
    readiness: Arc<dyn Readiness>,
    outage: StoreOutage,
    seen: Mutex<Option<(Instant, Option<Backlog>)>>,
}

impl Monitoring {
    /// Combines the metrics of this process with the backlog in the database.
    #[must_use]
    pub(crate) fn new(
        counted: Registry,
        backlog: Arc<dyn BacklogReader>,
        readiness: Arc<dyn Readiness>,
    ) -> Self {
        Self {
            counted,
            backlog,
            readiness,
            outage: StoreOutage::new("backlog"),
            seen: Mutex::new(None),
        }
    }

    /// Returns all metrics as `OpenMetrics` text, without the backlog if the database does not respond in time.
    pub(crate) async fn metrics(&self) -> String {
        let mut text = String::new();
        let mut waiting = Registry::with_prefix("users");
        if let Some(backlog) = self.backlog().await {
            register_backlog(&mut waiting, &backlog);
        }
        let written = encode_registry(&mut text, &process_metrics())
            .and_then(|()| encode_registry(&mut text, &self.counted))
            .and_then(|()| encode_registry(&mut text, &waiting))
            .and_then(|()| encode_eof(&mut text));
        if let Err(error) = written {
            tracing::error!(%error, "metrics cannot be written");
        }
        text
    }

    async fn backlog(&self) -> Option<Backlog> {
        let mut seen = self.seen.lock().await;
        if let Some((at, backlog)) = *seen
            && at.elapsed() < BACKLOG_IS_KEPT_FOR
        {
            return backlog;
        }
        let backlog = match timeout(BACKLOG_MAY_TAKE, self.backlog.backlog()).await {
            Ok(Ok(backlog)) => {
                self.outage.answered();
                Some(backlog)
            }
            Ok(Err(error)) => {
                self.outage.failed(&error);
                None
            }
            Err(_) => None,
        };
        *seen = Some((Instant::now(), backlog));
        backlog
    }
}

/// Starts the monitoring server.
pub(crate) fn serve(monitoring: Monitoring, address: SocketAddr) -> io::Result<Serving> {
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
    Ok(Serving::begin(connections, server))
}

async fn metrics(monitoring: web::Data<Monitoring>) -> HttpResponse {
    let text = monitoring.metrics().await;
    HttpResponse::Ok().content_type(OPEN_METRICS).body(text)
}

async fn healthz() -> HttpResponse {
    plain(StatusCode::OK, "ok\n")
}

async fn readyz(monitoring: web::Data<Monitoring>) -> HttpResponse {
    let checked = timeout(BACKLOG_MAY_TAKE, monitoring.readiness.check()).await;
    if matches!(checked, Ok(Ok(()))) {
        plain(StatusCode::OK, "ready\n")
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

fn plain(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status).insert_header(ContentType::plaintext()).body(text)
}

#[cfg(test)]
mod tests;
