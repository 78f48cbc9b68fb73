//! The files of the interactive page.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Mutex;

use crate::http::error::ApiError;
use crate::http::handler::in_background;
use crate::http::static_file::StaticFile;

/// The files that the page loads.
pub(super) const ASSETS: [&str; 3] = [INITIALIZER, "swagger-ui-bundle.js", "swagger-ui.css"];

/// Contains the path of the document, which depends on the path prefix of the API.
pub(super) const INITIALIZER: &str = "swagger-initializer.js";

pub(super) const JAVASCRIPT: &str = "text/javascript";

/// The files of Swagger UI, which `build.rs` compresses: name, media type, gzip form.
const COMPRESSED: [(&str, &str, &[u8]); 2] = [
    (
        "swagger-ui-bundle.js",
        JAVASCRIPT,
        include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz")),
    ),
    ("swagger-ui.css", "text/css", include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"))),
];

pub(super) type Files = BTreeMap<&'static str, StaticFile>;

/// The assets that are the same for every client. The first request for an asset decompresses all of them; other requests
/// wait meanwhile.
#[derive(Default)]
pub(crate) struct Assets(Arc<Mutex<Option<Arc<Files>>>>);

impl Assets {
    pub(super) async fn get(&self) -> Result<Arc<Files>, ApiError> {
        let mut files = Arc::clone(&self.0).lock_owned().await;
        if let Some(files) = &*files {
            return Ok(Arc::clone(files));
        }
        // The task holds the lock and stores its result, even if the client that started it disconnects.
        in_background(move || {
            let created: Result<Files, ApiError> = COMPRESSED
                .into_iter()
                .map(|(name, media_type, gzip)| {
                    let file = StaticFile::from_gzip(media_type, "public, max-age=3600", gzip)?;
                    Ok((name, file))
                })
                .collect();
            Ok(Arc::clone(files.insert(Arc::new(created?))))
        })
        .await?
    }
}

/// The script that starts Swagger UI for an API below a path.
pub(super) fn initializer(prefix: &str) -> String {
    let settings = json!({
        "url": format!("{prefix}/openapi.json"),
        "dom_id": "#swagger-ui",
        "deepLinking": true,
        // The default validator is a service on the internet.
        "validatorUrl": "none",
    });
    format!("window.onload = () => {{\n  window.ui = SwaggerUIBundle({settings:#});\n}};\n")
}

#[cfg(test)]
mod tests;
