//! Whether the process runs, and whether it can serve.

use std::time::Duration;

use actix_web::HttpResponse;
use serde::Serialize;
use tokio::time::timeout;

use crate::error::ApiError;
use crate::request_context::{RequestContext, out_of_time};

/// Below the limits of the probes that ask.
const READINESS_LIMIT: Duration = Duration::from_secs(2);

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
pub(crate) async fn readyz(context: RequestContext) -> Result<HttpResponse, ApiError> {
    timeout(READINESS_LIMIT, context.state.readiness.check())
        .await
        .map_err(|_| out_of_time("the readiness check"))??;
    Ok(HttpResponse::Ok().json(OK))
}
