//! The interactive page of the OpenAPI document, at `/docs`, and the document. The files of the page load nothing from
//! other servers, so it works without internet access.

use std::future::{Ready, ready};

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, LOCATION};

use super::Compose;
use super::assets::{INITIALIZER, JAVASCRIPT, initializer};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::handler::HandlerResult;
use crate::http::origin;

/// Swagger UI writes inline styles, and its style sheet contains images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Swagger UI's page with absolute links, which are valid with and without a trailing slash in the path.
fn page_below(prefix: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <title>Users API</title>
    <link rel="stylesheet" href="{prefix}/docs/swagger-ui.css">
    <style>body {{ margin: 0; }}</style>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="{prefix}/docs/swagger-ui-bundle.js"></script>
    <script src="{prefix}/docs/{INITIALIZER}"></script>
  </body>
</html>
"#
    )
}

/// `GET /`: a redirect to the interactive page.
pub(crate) fn root(_: RequestContext) -> Ready<HandlerResult> {
    ready(Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, "/docs/"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .finish()))
}

/// `GET /docs/`
pub(crate) fn page(context: RequestContext) -> Ready<HandlerResult> {
    let RequestContext { state, request, .. } = context;
    let prefix = origin::prefix_of(&request, &state.settings);
    ready(Ok(HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(page_below(&prefix))))
}

/// `GET /docs/{asset}`
pub(crate) async fn asset(context: RequestContext) -> HandlerResult {
    let request = &context.request;
    let name = request.match_info().get("asset").unwrap_or_default();
    if name == INITIALIZER {
        let prefix = origin::prefix_of(request, &context.state.settings);
        return Ok(HttpResponse::Ok()
            .content_type(JAVASCRIPT)
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(initializer(&prefix)));
    }
    let assets = context.state.assets.get().await?;
    let file = assets.get(name).ok_or(ApiError::NotFound)?;
    Ok(file.answer(request))
}

/// `GET /openapi.json`
pub(crate) async fn document(context: RequestContext) -> HandlerResult {
    let prefix = origin::prefix_of(&context.request, &context.state.settings);
    let compose = context.request.app_data::<Compose>();
    let compose = *compose.ok_or(ApiError::NotFound)?;
    let file = context.state.documents.below(prefix, compose).await?;
    Ok(file.answer(&context.request))
}
