//! HTTP without endpoints: the gate, connections, reading of requests, errors, pages and limits. Must not depend on an
//! endpoint.

mod answers;
pub(crate) mod base_url;
pub(crate) mod connections;
pub(crate) mod cursor;
pub(crate) mod error;
pub(crate) mod forwarding;
pub(crate) mod gate;
pub(crate) mod handler;
pub(crate) mod memory;
pub(crate) mod origin;
pub(crate) mod page;
pub(crate) mod query_string;
pub(crate) mod request;
pub(crate) mod route;
pub(crate) mod settings;
pub(crate) mod shares;
pub(crate) mod static_file;
pub(crate) mod text;
