//! Whether the process runs, and whether it can serve.

use actix_web::HttpResponse;
use serde::Serialize;

use crate::error::ApiError;
use crate::exchange::Exchange;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// The process runs; the store is not asked.
pub(crate) fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// The store answers and has the schema of this build.
pub(crate) async fn readyz(exchange: Exchange) -> Result<HttpResponse, ApiError> {
    exchange.state.readiness.check().await?;
    Ok(HttpResponse::Ok().json(OK))
}
