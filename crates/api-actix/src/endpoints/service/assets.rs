//! The files of the interactive page.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::Bytes;
use tokio::sync::Mutex;
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use crate::http::error::ApiError;
use crate::http::handler::in_background;
use crate::http::static_file::StaticFile;

/// The files of Swagger UI that the page needs.
pub(super) const ASSETS: [&str; 5] = [
    "index.css",
    "swagger-initializer.js",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-ui.css",
];

/// Contains the path of the document, which depends on the path prefix of the API.
pub(super) const INITIALIZER: &str = "swagger-initializer.js";

/// The assets by name.
pub(super) type Files = BTreeMap<&'static str, StaticFile>;

/// The assets that are the same for every client. The first request for an asset compresses all of them; other requests
/// wait meanwhile.
#[derive(Default)]
pub(crate) struct Assets(Arc<Mutex<Option<Arc<Files>>>>);

impl Assets {
    /// All assets by name.
    pub(super) async fn get(&self) -> Result<Arc<Files>, ApiError> {
        let mut files = Arc::clone(&self.0).lock_owned().await;
        if let Some(files) = &*files {
            return Ok(Arc::clone(files));
        }
        // The task holds the lock and stores its result, even if the client that started it disconnects.
        in_background(move || {
            let names = ASSETS.into_iter().filter(|name| *name != INITIALIZER);
            let created: Result<Files, ApiError> =
                names.map(|name| Ok((name, static_file(name)?))).collect();
            Ok(Arc::clone(files.insert(Arc::new(created?))))
        })
        .await?
    }
}

fn static_file(name: &str) -> Result<StaticFile, ApiError> {
    let file = shipped(name, "")?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    StaticFile::new(&file.content_type, "public, max-age=3600", bytes)
}

/// A file of Swagger UI for an API below a path.
pub(super) fn shipped(name: &str, prefix: &str) -> Result<SwaggerFile<'static>, ApiError> {
    // The default validator is a service on the internet.
    let config = Config::from(format!("{prefix}/openapi.json"))
        .validator_url("none")
        .deep_linking(true);
    serve(name, Arc::new(config))
        .map_err(|error| ApiError::Internal {
            reason: format!("the interactive page cannot be served: {error}"),
        })?
        .ok_or(ApiError::NotFound)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[actix_web::test]
    async fn assets_are_stored_although_their_first_client_left() {
        let assets = Assets::default();
        {
            let mut first = pin!(assets.get());
            let polled = first.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        assert!(assets.0.lock().await.is_some());
    }
}
