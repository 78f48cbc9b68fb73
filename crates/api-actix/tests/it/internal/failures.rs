//! Tests of calls whose store fails.

use std::sync::Arc;

use serde_json::json;
use users_domain::ports::{MockUserReader, MockUserStore, WriteError};

use super::{RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::failures::{assert_unavailable, unavailable};
use crate::support::Api;

async fn with_store(store: MockUserStore) -> Api {
    Api::with(|ports| ports.users = Arc::new(store)).await
}

/// No partial result is returned, because the client can repeat the whole call.
#[actix_web::test]
async fn an_unavailable_store_returns_503_for_the_whole_call() {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, _| Err(unavailable()));
    let api = with_store(store).await;
    for (uri, item) in [
        (SESSIONS, session(json!({}))),
        (TRANSACTIONS, transaction(json!({}))),
        (RISKS, risk(json!({}))),
    ] {
        assert_unavailable(&api.report(uri, &item).await);
        assert_unavailable(&api.report(uri, &json!([item, {}])).await);
    }
}

#[actix_web::test]
async fn contention_of_one_item_returns_503_for_the_whole_call() {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, mutations| {
        let refused = mutations.iter().map(|_| Err(WriteError::Contended));
        Ok(refused.collect())
    });
    let api = with_store(store).await;
    assert_unavailable(&api.report(SESSIONS, &session(json!({}))).await);
}

/// A store that returns too few results is defective. The API must not return a wrong response.
#[actix_web::test]
async fn a_missing_result_returns_500() {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, _| Ok(Vec::new()));
    let api = with_store(store).await;
    let reply = api.report(SESSIONS, &session(json!({}))).await;
    let detail = "The service failed to answer this request.";
    reply.assert(500, &json!({ "detail": detail }));
}

#[actix_web::test]
async fn a_status_that_cannot_be_read_returns_503() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        reader.expect_status().returning(|_, _| Err(unavailable()));
        ports.reader = Arc::new(reader);
    })
    .await;
    assert_unavailable(&api.enforcement("ada").await);
}
