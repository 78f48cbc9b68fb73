use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::{MessageBody as _, to_bytes};
use async_trait::async_trait;
use serde_json::{Value, json};
use testkit::base_time;
use tokio::time::timeout;
use users_domain::model::{
    ApplicationId, AuditEntry, AuditId, AuditPage, AuditStart, KeyKind, ListAudit, Operation,
    PageSize, Role, VendorData, random_uuid,
};
use users_domain::ports::{AuditReader, AuditTrail as _, StoreError};
use users_domain::rules::refusal_entry;

use super::results;
use crate::raw::Server;
use crate::support::{Api, Reply};

const LOG: &str = "/v3/audit-log/";
const NDJSON: &str = "application/x-ndjson";

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(20);

/// As many entries more, each as long as an entry without values is.
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
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[actix_web::test]
async fn an_export_holds_every_entry_that_matches_once_in_order() {
    let api = Api::new().await;
    api.user("ada").await;
    fill(&api, 2 * usize::from(PageSize::MAX) + 500).await;
    let reply = export(&api, "").await;
    assert_eq!(reply.header("content-type"), Some(NDJSON));
    let all = lines(&reply);
    assert_eq!(all.len(), 2501);
    assert!(all.is_sorted_by(|a, b| a["created_at"].as_str() >= b["created_at"].as_str()));
    let mut ids: Vec<_> = all
        .iter()
        .map(|entry| entry["uuid"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    let page = results(&api.get(&format!("{LOG}?limit=1000")).await);
    assert_eq!(all[..1000], page);

    let of_ada = lines(&export(&api, "vendor_data=ada").await);
    assert_eq!(of_ada.len(), 1);
    assert_eq!(
        of_ada,
        results(&api.get(&format!("{LOG}?vendor_data=ada")).await)
    );
    assert_eq!(
        lines(&export(&api, "vendor_data=nobody").await),
        Vec::<Value>::new()
    );
}

#[actix_web::test]
async fn lines_are_for_those_who_ask_for_them_and_like_pages_no_better() {
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
        let of_lines = reply.header("content-type") == Some(NDJSON);
        assert_eq!(of_lines, is_export, "{accept}");
        assert_eq!(reply.status, 200);
    }
}

#[actix_web::test]
async fn an_export_has_no_pages() {
    let api = Api::new().await;
    api.user("ada").await;
    let reply = export(&api, "limit=1&page_size=2&offset=3&color=red").await;
    assert_eq!(lines(&reply).len(), 1);
    let named = Some("limit, page_size, offset, color");
    assert_eq!(reply.header("x-ignored-fields"), named);
    let reply = export(&api, "cursor=x&operation=dance").await;
    assert_eq!(reply.status, 400);
    let expected = json!(["An export has no pages. Use the filters instead."]);
    assert_eq!(reply.json()["cursor"], expected);
    assert!(reply.json()["operation"].is_array());
}

/// An export that nobody has taken anything of yet.
macro_rules! begun {
    ($api:expr) => {{
        let call = $api.call("GET", LOG).header("accept", NDJSON);
        call.response().await
    }};
}

/// Waits for a place.
async fn until_there_is_a_place(api: &Api) -> Reply {
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
async fn places_for_exports_are_few_and_come_back() {
    let api = Api::with(|ports| ports.settings.audit_exports = 1).await;
    fill(&api, 3000).await;
    let first = begun!(api);
    let refused = export(&api, "").await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(api.get(LOG).await.status, 200, "pages need no place");

    // Who goes away leaves its place.
    drop(first);
    let whole = until_there_is_a_place(&api).await;
    assert_eq!(lines(&whole).len(), 3000);
    // And who is served to the end.
    until_there_is_a_place(&api).await;
}

#[actix_web::test]
async fn one_application_takes_half_of_the_places() {
    let api = Api::with(|ports| ports.settings.audit_exports = 4).await;
    let stranger = api.strangers_key().await;
    fill(&api, 3000).await;
    let first = begun!(api);
    let second = begun!(api);
    assert_eq!(export(&api, "").await.status, 503);
    let call = api.anonymous("GET", LOG).header("accept", NDJSON);
    let of_stranger = call.header("x-api-key", &stranger).send().await;
    assert_eq!(of_stranger.status, 200);
    drop((first, second));
}

#[actix_web::test]
async fn a_client_that_takes_nothing_loses_its_place_and_can_tell() {
    let api = Api::with(|ports| {
        ports.settings.audit_exports = 1;
        ports.settings.audit_export_bytes_per_second = u32::MAX;
        ports.settings.audit_export_slack = Duration::from_millis(1);
    })
    .await;
    fill(&api, 3000).await;
    let stalled = begun!(api);
    // The place of the stalled one is given to this one, which takes everything or is as slow by chance.
    until_there_is_a_place(&api).await;
    let rest = timeout(LIMIT, to_bytes(stalled.into_body())).await.unwrap();
    assert!(
        rest.is_err(),
        "what is not whole does not end as if it were"
    );
}

/// Answers so many questions, then fails.
struct Failing {
    store: Arc<dyn AuditReader>,
    answers: AtomicUsize,
}

#[async_trait]
impl AuditReader for Failing {
    async fn list(
        &self,
        application: ApplicationId,
        question: &ListAudit,
    ) -> Result<AuditPage, StoreError> {
        let left = self.answers.load(Ordering::SeqCst);
        if left == 0 {
            let reason = "away".to_owned();
            return Err(StoreError::Unavailable { reason });
        }
        self.answers.store(left - 1, Ordering::SeqCst);
        self.store.list(application, question).await
    }

    async fn activity(
        &self,
        application: ApplicationId,
        name: &VendorData,
        start: AuditStart,
        size: PageSize,
    ) -> Result<Option<AuditPage>, StoreError> {
        self.store.activity(application, name, start, size).await
    }
}

async fn failing_after(answers: usize) -> Api {
    let api = Api::with(|ports| {
        let store = Arc::clone(&ports.audit);
        let answers = AtomicUsize::new(answers);
        ports.audit = Arc::new(Failing { store, answers });
    })
    .await;
    fill(&api, 3000).await;
    api
}

#[actix_web::test]
async fn what_fails_before_the_first_line_is_an_answer_like_any_other() {
    let api = failing_after(0).await;
    let reply = export(&api, "").await;
    assert_eq!(reply.status, 503);
    assert!(reply.json()["detail"].is_string());
}

#[actix_web::test]
async fn what_fails_half_way_is_broken_off() {
    let server = Server::over(failing_after(1).await);
    let request = server.head(
        "GET /v3/audit-log/ HTTP/1.1",
        "accept: application/x-ndjson\r\n",
    );
    let answer = server.exchange(&request).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("transfer-encoding: chunked"));
    let entries = answer.matches("PERMISSION_REFUSED").count();
    assert_eq!(entries, 1000, "the first page, and nothing more");
    assert!(!answer.ends_with("0\r\n\r\n"), "an end that is none");
    server.stop().await;

    let server = Server::over(failing_after(9).await);
    let request = server.head(
        "GET /v3/audit-log/ HTTP/1.1",
        "accept: application/x-ndjson\r\n",
    );
    let answer = server.exchange(&request).await;
    assert_eq!(answer.matches("PERMISSION_REFUSED").count(), 3000);
    assert!(answer.ends_with("0\r\n\r\n"), "the end of a whole one");
    server.stop().await;
}

#[actix_web::test]
async fn entries_are_read_as_the_client_takes_them() {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let api = Api::with(|ports| {
        let store = Arc::clone(&ports.audit);
        ports.audit = Arc::new(Counting {
            store,
            reads: counted,
        });
    })
    .await;
    fill(&api, 20_000).await;
    let response = begun!(api);
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(reads.load(Ordering::SeqCst), 1, "nobody took anything");
    let mut body = response.into_body();
    let taking = async {
        let mut taken = 0;
        while reads.load(Ordering::SeqCst) < 3 {
            let chunk =
                std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_next(context));
            taken += chunk.await.unwrap().ok().unwrap().len();
        }
        taken
    };
    let taken = timeout(LIMIT, taking).await.unwrap();
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(reads.load(Ordering::SeqCst), 3);
    assert!(taken > 1_000 * 100, "{taken} bytes of two pages");
}

#[actix_web::test]
async fn of_a_head_alone_one_page_is_read_and_no_place_is_kept() {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let api = Api::with(|ports| {
        let store = Arc::clone(&ports.audit);
        ports.audit = Arc::new(Counting {
            store,
            reads: counted,
        });
        ports.settings.audit_exports = 1;
    })
    .await;
    fill(&api, 3000).await;
    for _ in 0..3 {
        let call = api.call("HEAD", LOG).header("accept", NDJSON);
        let head = call.send().await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
        assert_eq!(head.header("content-type"), Some(NDJSON));
    }
    assert_eq!(reads.load(Ordering::SeqCst), 3);
}

/// Counts the pages that are read.
struct Counting {
    store: Arc<dyn AuditReader>,
    reads: Arc<AtomicUsize>,
}

#[async_trait]
impl AuditReader for Counting {
    async fn list(
        &self,
        application: ApplicationId,
        question: &ListAudit,
    ) -> Result<AuditPage, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.list(application, question).await
    }

    async fn activity(
        &self,
        application: ApplicationId,
        name: &VendorData,
        start: AuditStart,
        size: PageSize,
    ) -> Result<Option<AuditPage>, StoreError> {
        self.store.activity(application, name, start, size).await
    }
}
