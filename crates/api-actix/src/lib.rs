//! The HTTP API: routes, one file per endpoint, the gate in front of them, and the error table.
//!
//! Owns status codes, headers, and the JSON of requests and responses. Contains no business rules; those are in
//! `users-domain`.

mod answers;
mod app;
mod audit;
mod connections;
mod cursor;
mod docs_page;
mod error;
mod forwarding;
mod gate;
mod health;
mod internal;
mod keys;
mod list;
mod memory;
mod openapi;
mod origin;
mod request;
mod request_context;
mod routes;
mod shares;
mod state;
mod static_file;
mod text;
mod users;
mod webhooks;

pub use app::app;
pub use connections::{ConnectionLimits, ConnectionMetrics, Connections, LONGEST_GRACE_SECONDS};
pub use error::ErrorCode;
pub use gate::HttpMetrics;
pub use internal::IngestMetrics;
pub use openapi::openapi_json;
pub use origin::{BaseUrl, InvalidBaseUrl};
pub use routes::{ROUTES, Route};
pub use state::{ApiDependencies, ApiSettings, AppState, ProxyHeaders, TrustsProxy};
