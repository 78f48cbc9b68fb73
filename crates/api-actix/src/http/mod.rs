//! HTTP without endpoints: the gate, connections, reading of requests, errors, cursors and limits. Must not depend on an
//! endpoint, so that an endpoint can be read and changed by itself.

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
mod query_string;
pub(crate) mod request;
pub(crate) mod route;
pub(crate) mod settings;
pub(crate) mod shares;
pub(crate) mod static_file;
pub(crate) mod text;
