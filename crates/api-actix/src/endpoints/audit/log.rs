//! `GET /v3/audit-log/`

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::Method;
use users_domain::model::{AuditStart, Caller, ListAudit};

use super::bodies::EntryBody;
use super::export;
use super::links::around;
use super::parameters::{EXPORT, LOG, ignore_others, parameters, read_export, read_log};
use crate::endpoints::request_context::RequestContext;
use crate::http::cursor::Scope;
use crate::http::error::{ApiError, prefers};
use crate::http::origin;
use crate::http::page::{Links, Page};

const PATH: &str = "/v3/audit-log/";

/// Returns one page of the application's audit log, newest first, or an export for clients that accept NDJSON.
pub(crate) async fn log(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    let pairs = context.query()?;
    if prefers(context.request.headers(), export::NDJSON) {
        ignore_others(&context.request, &pairs, EXPORT)?;
        let question = ListAudit {
            filter: read_export(&pairs)?,
            start: AuditStart::Newest,
            size: export::PAGE,
        };
        let head_alone = context.request.method() == Method::HEAD;
        let state = &context.state;
        let audit = Arc::clone(&state.audit);
        return export::export(&state.exports, audit, caller, question, head_alone).await;
    }
    ignore_others(&context.request, &pairs, LOG)?;
    page(&context, &caller, &pairs).await
}

async fn page(
    context: &RequestContext,
    caller: &Caller,
    pairs: &[(String, String)],
) -> Result<HttpResponse, ApiError> {
    let state = &context.state;
    let scope = Scope::new(&state.key_ring, caller.application(), "audit log", b"");
    let question = read_log(pairs, &scope)?;
    let page = state.audit.list(caller, &question).await?;
    let links = Links {
        origin: origin::of(&context.request, &state.settings),
        path: PATH.to_owned(),
        scope: &scope,
        size: question.size,
        parameters: parameters(&question.filter),
    };
    let (next, previous) = around(&links, question.start, &page)?;
    let results = page.entries.iter().map(EntryBody::try_from);
    let results: Vec<_> = results.collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(Page::new(results, next, previous)))
}
