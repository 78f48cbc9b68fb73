//! Tests of the key cache of the gate.

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

use crate::failures::unavailable;
use crate::support::Api;

/// Counts the look-ups, and can delay the next result.
#[derive(Default)]
struct Watch {
    lookups: AtomicUsize,
    /// Whether the next result is delayed until `released`.
    slow: AtomicBool,
    /// Notified when a delayed result has been read.
    found: Notify,
    released: Notify,
}

impl Watch {
    fn lookups(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }
}

/// Counts the look-ups. Fails to record the use of a key, which must not fail a request.
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
            self.watch.found.notify_one();
            self.watch.released.notified().await;
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
        Err(unavailable())
    }
}

async fn watched_api(key_cache: Duration) -> (Api, Arc<Watch>) {
    let watch = Arc::new(Watch::default());
    let watching = watch.clone();
    let api = Api::with(move |ports| {
        ports.settings.key_cache = key_cache;
        ports.keys = Arc::new(WatchedKeys { keys: ports.keys.clone(), watch: watching });
    })
    .await;
    (api, watch)
}

const CACHE_TIME: Duration = Duration::from_hours(1);

#[actix_web::test]
async fn a_key_is_looked_up_once_per_cache_time() {
    for (key_cache, lookups) in [(CACHE_TIME, 1), (Duration::ZERO, 3)] {
        let (api, watch) = watched_api(key_cache).await;
        for _ in 0..3 {
            assert_eq!(api.get("/v3/users/").await.status, 200);
        }
        assert_eq!(watch.lookups(), lookups);
    }
}

#[actix_web::test]
async fn a_cached_key_does_not_outlive_its_expiry() {
    let (api, watch) = watched_api(CACHE_TIME).await;
    let expiring = |key: &mut ApiKey| key.expires_at = Some(base_time().plus_millis(60_000));
    let key = api.key_with(&api.application, KeyKind::Role(Role::Reader), expiring).await;
    let list = || api.with_key(&key, "GET", "/v3/users/").send();
    assert_eq!(list().await.status, 200);
    api.clock.advance(60_000_000);
    list().await.assert(401, &json!({"detail": "Invalid API Key."}));
    assert_eq!(watch.lookups(), 1);
}

#[actix_web::test]
async fn unknown_keys_are_not_cached() {
    let (api, watch) = watched_api(CACHE_TIME).await;
    let unknown = format!("sk_live_{}", "A".repeat(43));
    for _ in 0..2 {
        let call = api.with_key(&unknown, "GET", "/v3/users/");
        call.send().await.assert(401, &json!({"detail": "Invalid API Key."}));
    }
    assert_eq!(watch.lookups(), 2);
}

/// This applies to the process that changes the key. Other processes use their cached key until it expires.
#[actix_web::test]
async fn a_changed_key_is_looked_up_again_at_once() {
    let (api, _) = watched_api(CACHE_TIME).await;
    for (method, rest, body, status, status_after) in [
        ("PATCH", "", json!({"role": "DEVELOPER"}), 200, 200),
        ("PATCH", "", json!({"allowed_ips": ["192.0.2.1"]}), 200, 401),
        ("POST", "rotate/", json!({"grace_minutes": 1}), 201, 200),
        ("POST", "rotate/", json!({"grace_minutes": 0}), 201, 401),
        ("DELETE", "", json!({}), 204, 401),
    ] {
        let (uuid, key) = api.new_key("READER").await;
        let list = || api.with_key(&key, "GET", "/v3/users/").send();
        assert_eq!(list().await.status, 200);
        let uri = format!("/v3/api-keys/{uuid}/{rest}");
        let changed = api.call(method, &uri).json(&body).send().await;
        assert_eq!(changed.status, status, "{}", changed.body);
        assert_eq!(list().await.status, status_after, "{method} {rest} {body}");
    }
}

/// A key is revoked after a look-up has read it, but before the look-up returns.
#[actix_web::test]
async fn a_result_that_was_read_before_a_change_is_not_cached() {
    let (api, watch) = watched_api(CACHE_TIME).await;
    let (uuid, key) = api.new_key("READER").await;
    let list = || api.with_key(&key, "GET", "/v3/users/").send();
    watch.slow.store(true, Ordering::SeqCst);
    let revoke = async {
        watch.found.notified().await;
        let uri = format!("/v3/api-keys/{uuid}/");
        assert_eq!(api.delete(&uri).await.status, 204);
        watch.released.notify_one();
    };
    let (first, ()) = tokio::join!(list(), revoke);
    assert_eq!(first.status, 200);
    assert_eq!(list().await.status, 401);
}
