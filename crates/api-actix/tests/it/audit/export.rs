use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::{MessageBody as _, to_bytes};
use actix_web::dev::ServiceResponse;
use serde_json::{Value, json};
use testkit::base_time;
use tokio::time::timeout;
use users_domain::model::{AuditEntry, AuditId, KeyKind, Operation, PageSize, Role, random_uuid};
use users_domain::ports::{AuditTrail as _, MockAuditReader};
use users_domain::rules::refusal_entry;

use crate::failures::unavailable;
use crate::raw::Server;
use crate::support::{Api, Reply, ready};

const LOG: &str = "/v3/audit-log/";
const NDJSON: &str = "application/x-ndjson";

/// Time limit of each wait.
const LIMIT: Duration = Duration::from_secs(20);

/// Appends this many audit entries without values.
async fn fill(api: &Api, entries: usize) {
    let caller = testkit::a_caller(&api.application, KeyKind::Role(Role::Reader));
    let entry = |number: usize| {
        let at = base_time().plus_millis(u64::try_from(number).unwrap());
        let seed = testkit::unique_seed();
        let context = caller.context(at, seed);
        let mut entry: AuditEntry = refusal_entry(api.application.id, Operation::GetUser, &context);
        entry.header.id = AuditId::new(random_uuid(at, seed));
        entry
    };
    let entries = (0..entries).map(entry).collect();
    api.store.append(api.application.id, entries).await.unwrap();
}

async fn export(api: &Api, query: &str) -> Reply {
    let call = api.call("GET", &format!("{LOG}?{query}"));
    call.header("accept", NDJSON).send().await
}

fn lines(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.body.is_empty() || reply.body.ends_with('\n'));
    let lines = reply.body.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[actix_web::test]
async fn an_export_has_every_matching_entry_once_in_order() {
    let api = Api::new().await;
    api.user("ada").await;
    fill(&api, 2 * usize::from(PageSize::MAX) + 500).await;
    let reply = export(&api, "").await;
    assert_eq!(reply.header("content-type"), Some(NDJSON));
    let all = lines(&reply);
    assert_eq!(all.len(), 2501);
    assert!(all.is_sorted_by(|a, b| a["created_at"].as_str() >= b["created_at"].as_str()));
    let mut ids: Vec<_> = all.iter().map(|entry| entry["uuid"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    let page = api.get(&format!("{LOG}?limit=1000")).await;
    assert_eq!(all[..1000], page.rows());

    let of_ada = lines(&export(&api, "vendor_data=ada").await);
    assert_eq!(of_ada.len(), 1);
    assert_eq!(of_ada, api.get(&format!("{LOG}?vendor_data=ada")).await.rows());
    assert_eq!(lines(&export(&api, "vendor_data=nobody").await), Vec::<Value>::new());
}

#[actix_web::test]
async fn an_export_is_sent_only_if_the_client_prefers_it_to_pages() {
    let api = Api::new().await;
    api.user("ada").await;
    for (accept, is_export) in [
        (NDJSON, true),
        ("Application/X-NDJSON; q=0.5, text/plain", true),
        ("application/json;q=0.4, application/x-ndjson;q=0.5", true),
        ("application/json, application/x-ndjson;q=0.5", false),
        ("application/x-ndjson;q=0", false),
        ("*/*", false),
    ] {
        let reply = api.call("GET", LOG).header("accept", accept).send().await;
        let is_ndjson = reply.header("content-type") == Some(NDJSON);
        assert_eq!(is_ndjson, is_export, "{accept}");
        assert_eq!(reply.status, 200);
    }
}

#[actix_web::test]
async fn an_export_has_no_pages() {
    let api = Api::new().await;
    api.user("ada").await;
    let reply = export(&api, "limit=1&page_size=2&offset=3&color=red").await;
    assert_eq!(lines(&reply).len(), 1);
    let ignored = Some("limit, page_size, offset, color");
    assert_eq!(reply.ignored(), ignored);
    let errors = export(&api, "cursor=x&operation=dance").await.body_of(400);
    let expected = json!(["An export has no pages. Use the filters instead."]);
    assert_eq!(errors["cursor"], expected);
    assert!(errors["operation"].is_array());
}

/// Starts an export without reading its body.
async fn start_export(api: &Api) -> ServiceResponse {
    let call = api.call("GET", LOG).header("accept", NDJSON);
    call.response().await
}

/// Repeats the export until a permit is free.
async fn export_when_permitted(api: &Api) -> Reply {
    let waiting = async {
        loop {
            let reply = export(api, "").await;
            if reply.status == 200 {
                return reply;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, waiting).await.unwrap()
}

#[actix_web::test]
async fn exports_have_limited_permits_that_are_released() {
    let api = Api::with(|ports| ports.settings.audit_exports = 1).await;
    fill(&api, 3000).await;
    let first = start_export(&api).await;
    let refused = export(&api, "").await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(api.get(LOG).await.status, 200, "pages need no permit");

    // A client that disconnects releases its permit.
    drop(first);
    let whole = export_when_permitted(&api).await;
    assert_eq!(lines(&whole).len(), 3000);
    // A completed export releases its permit too.
    export_when_permitted(&api).await;
}

#[actix_web::test]
async fn one_application_uses_at_most_half_of_the_permits() {
    let api = Api::with(|ports| ports.settings.audit_exports = 4).await;
    let stranger = api.strangers_key().await;
    fill(&api, 3000).await;
    let first = start_export(&api).await;
    let second = start_export(&api).await;
    assert_eq!(export(&api, "").await.status, 503);
    let call = api.anonymous("GET", LOG).header("accept", NDJSON);
    let other_reply = call.header("x-api-key", &stranger).send().await;
    assert_eq!(other_reply.status, 200);
    drop((first, second));
}

#[actix_web::test]
async fn a_stalled_client_loses_its_permit_and_gets_an_error() {
    let api = Api::with(|ports| {
        ports.settings.audit_exports = 1;
        ports.settings.audit_export_bytes_per_second = u32::MAX;
        ports.settings.audit_export_slack = Duration::from_millis(1);
    })
    .await;
    fill(&api, 3000).await;
    let stalled = start_export(&api).await;
    // This export gets the permit of the stalled one.
    export_when_permitted(&api).await;
    let rest = timeout(LIMIT, to_bytes(stalled.into_body())).await.unwrap();
    assert!(rest.is_err(), "an incomplete export does not end like a complete one");
}

/// Returns an API with one permit whose store reads at most this many pages, and the number of pages read.
async fn limited(most: usize) -> (Api, Arc<AtomicUsize>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let api = Api::with(|ports| {
        let (store, mut reader) = (Arc::clone(&ports.audit), MockAuditReader::new());
        reader.expect_list().returning(move |application, question| {
            if counted.fetch_add(1, Ordering::SeqCst) >= most {
                return Err(unavailable());
            }
            ready(store.list(application, question))
        });
        ports.audit = Arc::new(reader);
        ports.settings.audit_exports = 1;
    })
    .await;
    fill(&api, 3000).await;
    (api, reads)
}

#[actix_web::test]
async fn a_failure_before_the_first_line_is_an_ordinary_error() {
    let (api, _) = limited(0).await;
    let reply = export(&api, "").await;
    assert_eq!(reply.status, 503);
    assert!(reply.json()["detail"].is_string());
}

#[actix_web::test]
async fn a_failure_after_the_first_page_aborts_the_export() {
    for (pages, entries) in [(1, 1000), (9, 3000)] {
        let server = Server::over(limited(pages).await.0);
        let accept = "accept: application/x-ndjson\r\n";
        let request = server.head("GET /v3/audit-log/ HTTP/1.1", accept);
        let response = server.exchange(&request).await;
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
        assert!(response.contains("transfer-encoding: chunked"));
        assert_eq!(response.matches("PERMISSION_REFUSED").count(), entries);
        assert_eq!(response.ends_with("0\r\n\r\n"), entries == 3000, "the final chunk");
        server.stop().await;
    }
}

#[actix_web::test]
async fn pages_are_read_only_as_the_client_reads_the_export() {
    let (api, reads) = limited(usize::MAX).await;
    fill(&api, 2000).await;
    let response = start_export(&api).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(reads.load(Ordering::SeqCst), 1, "the client has not read the body");
    let mut body = response.into_body();
    let read_pages = async {
        let mut bytes = 0;
        while reads.load(Ordering::SeqCst) < 3 {
            let chunk =
                std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_next(context));
            bytes += chunk.await.unwrap().ok().unwrap().len();
        }
        bytes
    };
    let bytes = timeout(LIMIT, read_pages).await.unwrap();
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(reads.load(Ordering::SeqCst), 3);
    assert!(bytes > 1_000 * 100, "{bytes} bytes of two pages");
}

#[actix_web::test]
async fn a_head_request_reads_one_page_and_holds_no_permit() {
    let (api, reads) = limited(usize::MAX).await;
    for _ in 0..3 {
        let call = api.call("HEAD", LOG).header("accept", NDJSON);
        let head = call.send().await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
        assert_eq!(head.header("content-type"), Some(NDJSON));
    }
    assert_eq!(reads.load(Ordering::SeqCst), 3);
}
