//! The endpoints, grouped by noun: each with its body, its handler, its response and its OpenAPI description.

pub(crate) mod audit;
pub(crate) mod deleted_users;
pub(crate) mod internal;
pub(crate) mod keys;
pub(crate) mod request_context;
pub(crate) mod service;
pub(crate) mod state;
pub(crate) mod users;
pub(crate) mod webhooks;
