//! The HTTP API: routes, one file per endpoint, the gate in front of them, and the error table.
//!
//! Owns status codes, headers, and the JSON of requests and responses. Contains no business rules; those are in
//! `users-domain`.

mod app;
mod document;
mod endpoints;
mod http;
mod openapi;
mod routes;

pub use app::app;
pub use document::openapi_json;
pub use endpoints::internal::IngestMetrics;
pub use endpoints::state::{ApiDependencies, AppState};
pub use http::base_url::{BaseUrl, InvalidBaseUrl};
pub use http::connections::{
    ConnectionLimits, ConnectionMetrics, Connections, LONGEST_GRACE_SECONDS, RunningServer,
};
pub use http::error::ErrorCode;
pub use http::gate::HttpMetrics;
pub use http::route::Route;
pub use http::settings::{ApiSettings, ProxyHeaders, TrustsProxy};
pub use routes::routes;
