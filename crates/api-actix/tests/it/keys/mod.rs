//! Tests of the API key operations.

mod change;
mod create;
mod owners;
mod rotate;

use serde_json::{Value, json};

use crate::support::{Api, Reply};

pub(crate) const URI: &str = "/v3/api-keys/";

/// Helpers for API keys.
impl Api {
    /// Creates a key of this role as the owner; returns its uuid and its secret.
    pub(crate) async fn new_key(&self, role: &str) -> (String, String) {
        let body = json!({"name": "a key", "role": role});
        let shown = self.post(URI, body).await.body_of(201);
        let text = |name: &str| shown[name].as_str().unwrap().to_owned();
        (text("uuid"), text("key"))
    }

    /// Sends a call with this key.
    pub(crate) async fn as_key(&self, key: &str, method: &str, uri: &str, body: &Value) -> Reply {
        self.with_key(key, method, uri).json(body).send().await
    }

    /// Returns the list of keys.
    async fn keys(&self) -> Vec<Value> {
        self.get(URI).await.body_of(200).as_array().unwrap().clone()
    }

    /// Whether a key is accepted.
    async fn accepts(&self, key: &str) -> bool {
        let reply = self.as_key(key, "GET", "/v3/users/", &json!({})).await;
        assert!([200, 401].contains(&reply.status.as_u16()), "{}", reply.body);
        reply.status == 200
    }

    /// The kinds of the audit entries about keys.
    fn kinds(&self) -> Vec<&'static str> {
        self.entries(false).iter().map(|entry| entry.header.kind.as_str()).collect()
    }
}

/// Returns the path of a key.
fn path(uuid: &str) -> String {
    format!("{URI}{uuid}/")
}

/// Returns a key without its secret.
fn without_secret(mut shown: Value) -> Value {
    let members = shown.as_object_mut().unwrap();
    members.remove("key");
    members.remove("previous");
    shown
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, detail: &str) {
    reply.assert(status, &json!({ "detail": detail }));
}
