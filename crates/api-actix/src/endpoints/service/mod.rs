//! The endpoints that need no key: health checks, the OpenAPI document and its interactive page.

pub(crate) mod assets;
pub(crate) mod docs_page;
pub(crate) mod document;
pub(crate) mod health;
mod openapi;
