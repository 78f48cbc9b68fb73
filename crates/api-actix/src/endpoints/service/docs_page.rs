//! The interactive page of the OpenAPI document, at `/docs`. Its files load nothing from other servers, so it works
//! without internet access.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, LOCATION};
use actix_web::web::Bytes;
use tokio::sync::Mutex;
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::handler::in_background;
use crate::http::origin;
use crate::http::static_file::StaticFile;

/// The files of Swagger UI that the page needs.
pub(crate) const ASSETS: [&str; 5] = [
    "index.css",
    "swagger-initializer.js",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-ui.css",
];

/// Contains the path of the document, which depends on the path prefix of the API.
const INITIALIZER: &str = "swagger-initializer.js";

/// Swagger UI writes inline styles, and its style sheet contains images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Files = BTreeMap<&'static str, StaticFile>;

/// The assets that are the same for every client. The first request for an asset compresses all of them; other requests
/// wait meanwhile.
#[derive(Default)]
pub(crate) struct Assets(Arc<Mutex<Option<Arc<Files>>>>);

impl Assets {
    async fn get(&self) -> Result<Arc<Files>, ApiError> {
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

/// Swagger UI's page with absolute links, which are valid with and without a trailing slash in the path.
fn page_below(prefix: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <title>Users API</title>
    <link rel="stylesheet" href="{prefix}/docs/swagger-ui.css">
    <link rel="stylesheet" href="{prefix}/docs/index.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="{prefix}/docs/swagger-ui-bundle.js"></script>
    <script src="{prefix}/docs/swagger-ui-standalone-preset.js"></script>
    <script src="{prefix}/docs/{INITIALIZER}"></script>
  </body>
</html>
"#
    )
}

/// `GET /`: a redirect to the interactive page.
pub(crate) fn from_the_root() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "/docs/"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .finish()
}

/// `GET /docs/`
pub(crate) fn page(context: &RequestContext) -> HttpResponse {
    let prefix = origin::prefix_of(&context.request, &context.state.settings);
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(page_below(&prefix))
}

/// `GET /docs/{asset}`
pub(crate) async fn asset(context: RequestContext) -> Result<HttpResponse, ApiError> {
    let request = &context.request;
    let name = request.match_info().get("asset").unwrap_or_default();
    if name == INITIALIZER {
        let prefix = origin::prefix_of(request, &context.state.settings);
        let file = shipped(name, &prefix)?;
        return Ok(HttpResponse::Ok()
            .content_type(file.content_type)
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(file.bytes.into_owned()));
    }
    if !ASSETS.contains(&name) {
        return Err(ApiError::NotFound);
    }
    let assets = context.state.assets.get().await?;
    let file = assets.get(name).ok_or(ApiError::NotFound)?;
    Ok(file.answer(request))
}

fn static_file(name: &str) -> Result<StaticFile, ApiError> {
    let file = shipped(name, "")?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    StaticFile::new(&file.content_type, "public, max-age=3600", bytes)
}

fn shipped(name: &str, prefix: &str) -> Result<SwaggerFile<'static>, ApiError> {
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
