//! What the gate remembers of keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use testkit::base_time;
use users_domain::model::{
    ApiKey, ApplicationId, KeyDigest, KeyGrant, KeyId, KeyKind, Role, Timestamp,
};
use users_domain::ports::{KeyStore, StoreError};

use crate::support::Api;

/// Counts the look-ups, and cannot note uses: no request may fail by that.
struct CountingKeys {
    keys: Arc<dyn KeyStore>,
    lookups: Arc<AtomicUsize>,
}

#[async_trait]
impl KeyStore for CountingKeys {
    async fn add(&self, key: ApiKey) -> Result<bool, StoreError> {
        self.keys.add(key).await
    }

    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        self.keys.find(digest).await
    }

    async fn list(&self, application: ApplicationId) -> Result<Vec<ApiKey>, StoreError> {
        self.keys.list(application).await
    }

    async fn revoke(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.keys.revoke(application, id, at).await
    }

    async fn touch(&self, _: ApplicationId, _: KeyId, _: Timestamp) -> Result<(), StoreError> {
        Err(StoreError::Unavailable {
            reason: "away".to_owned(),
        })
    }
}

async fn counting_api(remembers_for: Duration) -> (Api, Arc<AtomicUsize>) {
    let lookups = Arc::new(AtomicUsize::new(0));
    let counter = lookups.clone();
    let api = Api::with(move |ports| {
        ports.settings.key_cache = remembers_for;
        ports.keys = Arc::new(CountingKeys {
            keys: ports.keys.clone(),
            lookups: counter,
        });
    })
    .await;
    (api, lookups)
}

const A_WHILE: Duration = Duration::from_hours(1);

#[actix_web::test]
async fn a_key_is_looked_up_once_in_a_while() {
    let (api, lookups) = counting_api(A_WHILE).await;
    for _ in 0..3 {
        assert_eq!(api.get("/v3/users/").await.status, 200);
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn nothing_is_remembered_for_no_time() {
    let (api, lookups) = counting_api(Duration::ZERO).await;
    for _ in 0..3 {
        assert_eq!(api.get("/v3/users/").await.status, 200);
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 3);
}

#[actix_web::test]
async fn what_is_remembered_of_a_key_does_not_outlive_it() {
    let (api, lookups) = counting_api(A_WHILE).await;
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
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn guesses_are_not_remembered() {
    let (api, lookups) = counting_api(A_WHILE).await;
    let unknown = format!("sk_live_{}", "A".repeat(43));
    for _ in 0..2 {
        let call = api
            .anonymous("GET", "/v3/users/")
            .header("x-api-key", &unknown);
        call.send()
            .await
            .assert(401, &json!({"detail": "Invalid API Key."}));
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 2);
}
