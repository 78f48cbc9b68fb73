//! The interactive page over the OpenAPI document, at `/docs`. Owns which files it has and what they may load: nothing
//! from anywhere else, so that it works without the internet.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType};
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::{Config, serve};

use crate::error::ApiError;

/// The files that the page needs, of all that Swagger UI is shipped with.
pub(crate) const ASSETS: [&str; 5] = [
    "index.css",
    "swagger-initializer.js",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-ui.css",
];

/// Swagger UI's own page, but for its links: they must hold with and without the slash at the end of the path.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <title>Users API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="stylesheet" href="/docs/index.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/swagger-ui-standalone-preset.js"></script>
    <script src="/docs/swagger-initializer.js"></script>
  </body>
</html>
"#;

/// Swagger UI writes styles into its elements, and its style sheet holds images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The validator would be asked on the internet.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/openapi.json")
        .validator_url("none")
        .deep_linking(true);
    Arc::new(config)
});

/// `GET /docs/`
pub(crate) fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE)
}

/// `GET /docs/{asset}`
pub(crate) fn asset(request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let name = request.match_info().get("asset").unwrap_or_default();
    if !ASSETS.contains(&name) {
        return Err(ApiError::NotFound);
    }
    let file = serve(name, Arc::clone(&CONFIG))
        .map_err(|error| ApiError::Internal {
            reason: format!("the interactive page cannot be served: {error}"),
        })?
        .ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(file.bytes.into_owned()))
}
