//! `GET /v3/audit-log/`

use actix_web::HttpResponse;
use actix_web::http::Method;
use users_domain::model::{AuditStart, Caller, ListAudit};

use super::bodies::{EntryBody, PageBody};
use super::cursor::Owner;
use super::export;
use super::links::Links;
use super::parameters::{EXPORT, LOG, ignore_others, read_export, read_log};
use crate::error::{ApiError, prefers};
use crate::exchange::Exchange;
use crate::origin;

const PATH: &str = "/v3/audit-log/";

/// One page of what happened in the application, newest first; all that matches for clients that want lines.
pub(crate) async fn log(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let pairs = exchange.query()?;
    if prefers(exchange.request.headers(), export::NDJSON) {
        ignore_others(&exchange.request, &pairs, EXPORT)?;
        let question = ListAudit {
            filter: read_export(&pairs)?,
            start: AuditStart::Newest,
            size: export::PAGE,
        };
        let head_alone = exchange.request.method() == Method::HEAD;
        return export::export(&exchange.state, caller, question, head_alone).await;
    }
    ignore_others(&exchange.request, &pairs, LOG)?;
    page(&exchange, &caller, &pairs).await
}

async fn page(
    exchange: &Exchange,
    caller: &Caller,
    pairs: &[(String, String)],
) -> Result<HttpResponse, ApiError> {
    let state = &exchange.state;
    let owner = Owner::Application(caller.application());
    let question = read_log(pairs, &state.key_ring, owner)?;
    let page = state.audit.list(caller, &question).await?;
    let ListAudit {
        filter,
        start,
        size,
    } = question;
    let links = Links {
        origin: origin::of(&exchange.request, &state.settings),
        path: PATH.to_owned(),
        keys: &state.key_ring,
        owner,
        filter: &filter,
        start,
        size,
    };
    let (next, previous) = links.around(&page)?;
    let results = page.entries.iter().map(EntryBody::try_from);
    let body = PageBody::new(results.collect::<Result<_, _>>()?, next, previous);
    Ok(HttpResponse::Ok().json(body))
}
