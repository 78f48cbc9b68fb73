//! The endpoints that need no key: health checks, the OpenAPI document and its interactive page.

pub(crate) mod assets;
mod docs_page;
mod documents;
mod health;
pub(crate) mod openapi;

pub(crate) use docs_page::{asset, document, page, root};
pub(crate) use documents::{Compose, Documents};
pub(crate) use health::{healthz, readyz};
