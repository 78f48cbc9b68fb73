//! What the gate remembers of keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use testkit::base_time;
use tokio::sync::Notify;
use users_domain::model::{
    ApiKey, ApplicationId, AuditEntry, KeyDigest, KeyGrant, KeyId, KeyKind, Role, Timestamp,
};
use users_domain::ports::{KeyMutation, KeyStore, StoreError};
use users_domain::rules::keys::KeyOutcome;

use crate::support::Api;

/// What is seen of look-ups, and how the next one is held back.
#[derive(Default)]
struct Watch {
    lookups: AtomicUsize,
    /// The next answer stays on its way until `heard`.
    slow: AtomicBool,
    asked: Notify,
    heard: Notify,
}

impl Watch {
    fn lookups(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }
}

/// Watches the look-ups, and cannot note uses: no request may fail by that.
struct WatchedKeys {
    keys: Arc<dyn KeyStore>,
    watch: Arc<Watch>,
}

#[async_trait]
impl KeyStore for WatchedKeys {
    async fn commit(
        &self,
        application: ApplicationId,
        mutation: KeyMutation,
    ) -> Result<KeyOutcome, StoreError> {
        self.keys.commit(application, mutation).await
    }

    async fn add(&self, key: ApiKey, entry: AuditEntry) -> Result<bool, StoreError> {
        self.keys.add(key, entry).await
    }

    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError> {
        self.watch.lookups.fetch_add(1, Ordering::SeqCst);
        let found = self.keys.find(digest).await;
        if self.watch.slow.swap(false, Ordering::SeqCst) {
            self.watch.asked.notify_one();
            self.watch.heard.notified().await;
        }
        found
    }

    async fn find_by_id(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.keys.find_by_id(application, id).await
    }

    async fn application_of(&self, id: KeyId) -> Result<Option<ApplicationId>, StoreError> {
        self.keys.application_of(id).await
    }

    async fn list(
        &self,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError> {
        self.keys.list(application, now).await
    }

    async fn touch(&self, _: ApplicationId, _: KeyId, _: Timestamp) -> Result<(), StoreError> {
        Err(StoreError::Unavailable {
            reason: "away".to_owned(),
        })
    }
}

async fn watched_api(remembers_for: Duration) -> (Api, Arc<Watch>) {
    let watch = Arc::new(Watch::default());
    let watching = watch.clone();
    let api = Api::with(move |ports| {
        ports.settings.key_cache = remembers_for;
        ports.keys = Arc::new(WatchedKeys {
            keys: ports.keys.clone(),
            watch: watching,
        });
    })
    .await;
    (api, watch)
}

const A_WHILE: Duration = Duration::from_hours(1);

#[actix_web::test]
async fn a_key_is_looked_up_once_in_a_while() {
    let (api, watch) = watched_api(A_WHILE).await;
    for _ in 0..3 {
        assert_eq!(api.get("/v3/users/").await.status, 200);
    }
    assert_eq!(watch.lookups(), 1);
}

#[actix_web::test]
async fn nothing_is_remembered_for_no_time() {
    let (api, watch) = watched_api(Duration::ZERO).await;
    for _ in 0..3 {
        assert_eq!(api.get("/v3/users/").await.status, 200);
    }
    assert_eq!(watch.lookups(), 3);
}

#[actix_web::test]
async fn what_is_remembered_of_a_key_does_not_outlive_it() {
    let (api, watch) = watched_api(A_WHILE).await;
    let expiring = |key: &mut ApiKey| key.expires_at = Some(base_time().plus_millis(60_000));
    let key = api
        .key_with(&api.application, KeyKind::Role(Role::Reader), expiring)
        .await;
    let list = || {
        api.anonymous("GET", "/v3/users/")
            .header("x-api-key", &key)
            .send()
    };
    assert_eq!(list().await.status, 200);
    api.clock.advance(60_000_000);
    list()
        .await
        .assert(401, &json!({"detail": "Invalid API Key."}));
    assert_eq!(watch.lookups(), 1);
}

#[actix_web::test]
async fn guesses_are_not_remembered() {
    let (api, watch) = watched_api(A_WHILE).await;
    let unknown = format!("sk_live_{}", "A".repeat(43));
    for _ in 0..2 {
        let call = api
            .anonymous("GET", "/v3/users/")
            .header("x-api-key", &unknown);
        call.send()
            .await
            .assert(401, &json!({"detail": "Invalid API Key."}));
    }
    assert_eq!(watch.lookups(), 2);
}

/// In the process that changed it. Others follow when their time is over.
#[actix_web::test]
async fn a_changed_key_is_looked_up_anew_at_once() {
    let (api, _) = watched_api(A_WHILE).await;
    for (method, rest, body, status, still) in [
        ("PATCH", "", json!({"role": "DEVELOPER"}), 200, 200),
        ("PATCH", "", json!({"allowed_ips": ["192.0.2.1"]}), 200, 401),
        ("POST", "rotate/", json!({"grace_minutes": 1}), 201, 200),
        ("POST", "rotate/", json!({"grace_minutes": 0}), 201, 401),
        ("DELETE", "", json!({}), 204, 401),
    ] {
        let (uuid, key) = api.new_key("READER").await;
        let list = || {
            api.anonymous("GET", "/v3/users/")
                .header("x-api-key", &key)
                .send()
        };
        assert_eq!(list().await.status, 200);
        let uri = format!("/v3/api-keys/{uuid}/{rest}");
        let changed = api.call(method, &uri).json(&body).send().await;
        assert_eq!(changed.status, status, "{}", changed.body);
        assert_eq!(list().await.status, still, "{method} {rest} {body}");
    }
}

/// A look-up that is answered before a key is revoked, and heard after.
#[actix_web::test]
async fn what_was_asked_before_a_key_changed_is_not_remembered_of_it() {
    let (api, watch) = watched_api(A_WHILE).await;
    let (uuid, key) = api.new_key("READER").await;
    let list = || {
        api.anonymous("GET", "/v3/users/")
            .header("x-api-key", &key)
            .send()
    };
    watch.slow.store(true, Ordering::SeqCst);
    let meanwhile = async {
        watch.asked.notified().await;
        let uri = format!("/v3/api-keys/{uuid}/");
        assert_eq!(api.call("DELETE", &uri).send().await.status, 204);
        watch.heard.notify_one();
    };
    let (early, ()) = tokio::join!(list(), meanwhile);
    assert_eq!(early.status, 200);
    assert_eq!(list().await.status, 401);
}
