//! Authenticates requests by their API key. Selects the header and decides when to query the store. Must never log the
//! key.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::HeaderMap;
use tracing::{Span, field};
use users_domain::model::{ApiKeySecret, KeyGrant, KeyState, Timestamp};

use super::key_cache::is_key_of;
use crate::http::error::ApiError;
use crate::http::gate::Gate;
use crate::http::handler::out_of_time;

const KEY_HEADER: &str = "x-api-key";

/// Authenticates the request's key. A key that is not allowed from the client's address gets the same error as a wrong
/// key: a thief learns nothing and does not use up the owner's rate limit.
pub(super) async fn authenticate(
    gate: &Gate,
    headers: &HeaderMap,
    client: Option<IpAddr>,
    deadline: tokio::time::Instant,
) -> Result<KeyGrant, ApiError> {
    let secret = presented(headers)?;
    let digest = secret.digest();
    let now = gate.now();
    let queried_at = Instant::now();
    if let Some(grant) = gate.keys.find(&digest, queried_at) {
        return if grant.key.state(now) == KeyState::Valid {
            require_allowed_address(grant, client)
        } else {
            Err(ApiError::InvalidKey)
        };
    }
    let found = tokio::time::timeout_at(deadline, gate.access.authenticate(&secret))
        .await
        .map_err(|_| out_of_time("looking up a key"))??;
    let grant = found.filter(|grant| is_key_of(grant, &digest)).ok_or(ApiError::InvalidKey)?;
    gate.keys.learn(grant.clone(), queried_at);
    let grant = require_allowed_address(grant, client)?;
    note_use(gate, &grant, now);
    Ok(grant)
}

/// Rejects a key that is not allowed from the client's address. Only the request's log line contains the id of that
/// key.
fn require_allowed_address(grant: KeyGrant, client: Option<IpAddr>) -> Result<KeyGrant, ApiError> {
    if grant.key.allowed_ips.admits(client) {
        return Ok(grant);
    }
    Span::current().record("key_id", field::display(grant.key.id));
    Err(ApiError::InvalidKey)
}

fn presented(headers: &HeaderMap) -> Result<ApiKeySecret, ApiError> {
    let mut values = headers.get_all(KEY_HEADER);
    let value =
        values.next().filter(|value| !value.is_empty()).ok_or(ApiError::NotAuthenticated)?;
    if values.next().is_some() {
        return Err(ApiError::InvalidKey);
    }
    let text = value.to_str().map_err(|_| ApiError::InvalidKey)?;
    ApiKeySecret::parse(text).map_err(|_| ApiError::InvalidKey)
}

/// Records the use of a key in the background; requests neither wait for this nor fail because of it.
fn note_use(gate: &Gate, grant: &KeyGrant, now: Timestamp) {
    if grant.key.use_is_due(now) {
        let (access, application, id) =
            (Arc::clone(&gate.access), grant.key.application, grant.key.id);
        actix_web::rt::spawn(async move {
            if let Err(error) = access.note_use(application, id).await {
                tracing::warn!(key_id = %id, %error, "the use of a key could not be recorded");
            }
        });
    }
}
