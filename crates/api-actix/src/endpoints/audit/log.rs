//! `GET /v3/audit-log/` and `GET /v3/users/{vendor_data}/activity/`

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde::Serialize;
use users_domain::model::{
    AuditFilter, AuditPage, AuditRecord, AuditStart, Caller, ListAudit, UserKey,
};

use super::bodies::{ActivityBody, EntryBody};
use super::export;
use super::links::around;
use super::parameters::{filter, parameters, read_export, read_page};
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::cursor::Scope;
use crate::http::error::{ApiError, prefers};
use crate::http::handler::HandlerResult;
use crate::http::origin;
use crate::http::page::{Links, Page, Row};
use crate::http::request::parameters::Reader;
use crate::http::request::{path_of, vendor_data};

/// Returns one page of the application's audit log, newest first, or an export for clients that accept NDJSON.
pub(crate) async fn log(context: RequestContext, caller: Caller) -> HandlerResult {
    let pairs = context.query()?;
    let mut reader = Reader::new(&pairs);
    let (state, request) = (&context.state, &context.request);
    if prefers(request.headers(), export::NDJSON) {
        let filter = read_export(&mut reader);
        let filter = reader.finish(request, filter)?;
        let question = ListAudit { filter, start: AuditStart::Newest, size: export::PAGE };
        let head_alone = request.method() == Method::HEAD;
        let audit = Arc::clone(&state.services.audit);
        return export::export(&state.exports, audit, caller, question, head_alone).await;
    }
    let scope = Scope::new(&state.services.key_ring, caller.application(), "audit log", b"");
    let question = read_page(&mut reader, &scope, filter);
    let question = reader.finish(request, question)?;
    let page = state.services.audit.list(&caller, &question).await?;
    answer::<EntryBody<'_>>(&context, "/v3/audit-log/".to_owned(), &scope, &question, &page)
}

/// Returns one page of the activity of a user, newest first.
pub(crate) async fn activity(context: RequestContext, caller: Caller) -> HandlerResult {
    let pairs = context.query()?;
    let (state, request) = (&context.state, &context.request);
    let name = vendor_data(request)?.ok_or(ApiError::NotFound)?;
    let part = name.as_str().as_bytes();
    let scope = Scope::new(&state.services.key_ring, caller.application(), "activity", part);
    let mut reader = Reader::new(&pairs);
    let question = read_page(&mut reader, &scope, |_| AuditFilter::default());
    let question = reader.finish(request, question);
    let key = UserKey::VendorData(name.clone());
    let question =
        valid(question, state.services.users.check_precondition(&caller, &key, None)).await?;
    let page = state.services.audit.activity(&caller, &name, question.start, question.size).await?;
    let path = format!("{}activity/", path_of(&name));
    answer::<ActivityBody<'_>>(&context, path, &scope, &question, &page)
}

fn answer<'p, B: Row + Serialize + TryFrom<&'p AuditRecord, Error = ApiError>>(
    context: &RequestContext,
    path: String,
    scope: &Scope<'_>,
    question: &ListAudit,
    page: &'p AuditPage,
) -> HandlerResult {
    let links = Links {
        origin: origin::of(&context.request, &context.state.settings),
        path,
        scope,
        size: question.size,
        parameters: parameters(&question.filter),
    };
    let (next, previous) = around(&links, question.start, page)?;
    let results = page.entries.iter().map(B::try_from);
    let results: Vec<_> = results.collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(Page::new(results, next, previous)))
}
