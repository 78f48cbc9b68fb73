//! Liveness and readiness probes.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::timeout;

use crate::endpoints::request_context::RequestContext;
use crate::http::handler::{HandlerResult, out_of_time};

/// Shorter than the timeouts of common probes.
const READINESS_LIMIT: Duration = Duration::from_secs(2);

/// The service is healthy.
#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    #[schemars(extend("enum" = ["ok"]))]
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// Reports that the process runs, without a query to the store.
pub(crate) fn healthz(_: RequestContext) -> Ready<HandlerResult> {
    ready(Ok(HttpResponse::Ok().json(OK)))
}

/// Reports whether the store responds and has the schema of this build.
pub(crate) async fn readyz(context: RequestContext) -> HandlerResult {
    timeout(READINESS_LIMIT, context.state.services.readiness.check())
        .await
        .map_err(|_| out_of_time("the readiness check"))??;
    Ok(HttpResponse::Ok().json(OK))
}
