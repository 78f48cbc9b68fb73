//! Tests of every error code in both formats.

use std::collections::BTreeSet;
use std::sync::Arc;

use api_actix::{ErrorCode, openapi_json};
use serde_json::{Value, json};
use users_domain::model::webhooks::Destination;
use users_domain::model::{ApiKey, KeyKind, Role};
use users_domain::ports::{IdempotencyError, MockIdempotencyStore, MockUserReader, StoreError};
use users_domain::rules::DefaultLimits;

use crate::keys::URI as KEYS;
use crate::support::{Api, Call, Reply};
use crate::webhooks::sending::erased;
use crate::webhooks::{UNKNOWN_ID, URI, path};

const ADA: &str = "/v3/users/ada/";
const CREATE: &str = "/v3/users/create/";
const DELETE: &str = "/v3/users/delete/";

/// An error and a call that causes it.
type Case = (ErrorCode, Call);

/// Errors of an API with a blocked user `ada`.
async fn errors_of_users() -> Vec<Case> {
    let api = Api::with(|ports| ports.settings.max_user_body_bytes = 1000).await;
    api.create(json!({"vendor_data": "ada", "status": "BLOCKED"})).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    let create = || api.call("POST", CREATE);
    let update = |body| api.call("PATCH", ADA).json(&body);
    let keyed = |body| update(body).header("idempotency-key", "used");
    keyed(json!({})).send().await;
    vec![
        (ErrorCode::NotAuthenticated, api.anonymous("GET", ADA)),
        (ErrorCode::InvalidKey, api.with_key("x", "GET", ADA)),
        (ErrorCode::PermissionDenied, api.with_key(&reader, "PATCH", ADA)),
        (ErrorCode::NotFound, api.call("GET", "/v3/users/nobody/")),
        (ErrorCode::MethodNotAllowed, api.call("PUT", ADA)),
        (ErrorCode::UnsupportedMediaType, create().header("content-type", "text/plain")),
        (ErrorCode::PayloadTooLarge, create().text(&" ".repeat(1001))),
        (ErrorCode::Malformed, create().text("{")),
        (ErrorCode::InvalidFields, create().json(&json!({}))),
        (ErrorCode::NothingSelected, api.call("POST", DELETE).json(&json!({}))),
        (ErrorCode::VendorDataTaken, create().json(&json!({"vendor_data": "ada"}))),
        (ErrorCode::TransitionRefused, update(json!({"status": "FLAGGED"}))),
        (ErrorCode::PreconditionFailed, update(json!({})).header("if-match", "\"x\"")),
        (ErrorCode::IdempotencyKeyReused, keyed(json!({"display_name": "x"}))),
    ]
}

/// Errors of an API with the maximum of destinations.
async fn errors_of_webhooks() -> Vec<Case> {
    let api = Api::new().await;
    let created = api.destination("https://example.org/0").await;
    for number in 1..Destination::MAX_PER_APPLICATION {
        api.destination(&format!("https://example.org/{number}")).await;
    }
    let at = |rest: &str| path(&created, rest);
    let get = |kind: &str| api.call("GET", &at(&format!("{kind}/{UNKNOWN_ID}/")));
    let resend = |id: &str| api.call("POST", &at(&format!("deliveries/{id}/resend/")));
    let expired = api.attempt(&created, |_| {}).id.to_string();
    let tested = api.call("POST", &at("test/")).send().await.json();
    let erased = erased().await;
    let of_erased = erased.destination("https://example.org/").await;
    let of_erased = path(&of_erased, &format!("deliveries/{UNKNOWN_ID}/resend/"));
    let new = |number| json!({"label": "x", "url": format!("https://example.org/{number}")});
    vec![
        (ErrorCode::DestinationNotFound, api.call("GET", &format!("{URI}{UNKNOWN_ID}/"))),
        (ErrorCode::DeliveryNotFound, get("deliveries")),
        (ErrorCode::RecoveryNotFound, get("recover")),
        (ErrorCode::DestinationExists, api.call("PATCH", &at("")).json(&new(1))),
        (ErrorCode::TooManyDestinations, api.call("POST", URI).json(&new(99))),
        (ErrorCode::EventErased, erased.call("POST", &of_erased)),
        (ErrorCode::EventExpired, resend(&expired)),
        (ErrorCode::TestEvent, resend(tested["uuid"].as_str().unwrap())),
    ]
}

async fn errors_of_keys() -> Vec<Case> {
    let (api, crowded) = (Api::new().await, Api::new().await);
    let listed = api.get(KEYS).await.json();
    let owner = listed[0]["uuid"].as_str().unwrap();
    let (ended, _) = api.new_key("READER").await;
    let key = |uuid: &str| format!("{KEYS}{uuid}/");
    assert_eq!(api.delete(&key(&ended)).await.status, 204);
    for _ in 1..ApiKey::MAX_LIVE {
        crowded.key(KeyKind::Role(Role::Reader)).await;
    }
    let new = json!({"name": "one more", "role": "READER"});
    vec![
        (ErrorCode::KeyNotFound, api.call("GET", &key(UNKNOWN_ID))),
        (ErrorCode::KeyEnded, api.call("PATCH", &key(&ended)).json(&json!({}))),
        (ErrorCode::LastOwnerKey, api.call("DELETE", &key(owner))),
        (ErrorCode::TooManyKeys, crowded.call("POST", KEYS).json(&new)),
    ]
}

/// Errors of exhausted limits and failing stores.
async fn errors_of_the_service() -> Vec<Case> {
    let reading = async |error: StoreError| {
        let api = Api::with(|ports| {
            let mut reader = MockUserReader::new();
            reader.expect_find().returning(move |_, _| Err(error.clone()));
            ports.reader = Arc::new(reader);
        });
        api.await.call("GET", ADA)
    };
    let claiming = async |error: IdempotencyError| {
        let api = Api::with(|ports| {
            let mut claims = MockIdempotencyStore::new();
            claims.expect_hold().returning(move |_, _, _, _| Err(error.clone()));
            ports.claims = Arc::new(claims);
        });
        let call = api.await.call("POST", DELETE).header("idempotency-key", "k");
        call.json(&json!({"vendor_data_list": ["nobody"]}))
    };
    let limited = Api::with(|ports| {
        ports.settings.limits = DefaultLimits { reads_per_minute: 1, ..DefaultLimits::NONE };
    })
    .await;
    limited.clock.tick_by(0);
    assert_eq!(limited.get("/v3/users/").await.status, 200);
    let reason = || "password=hunter2".to_owned();
    vec![
        (ErrorCode::RateLimited, limited.call("GET", ADA)),
        (ErrorCode::IdempotencyKeyInUse, claiming(IdempotencyError::InUse).await),
        (ErrorCode::IdempotencyQuotaExceeded, claiming(IdempotencyError::OverQuota).await),
        (ErrorCode::ReadTooSlow, reading(StoreError::TooSlow).await),
        (ErrorCode::Unavailable, reading(StoreError::Unavailable { reason: reason() }).await),
        (ErrorCode::Internal, reading(StoreError::Defect { reason: reason() }).await),
    ]
}

/// The response in the format of the reference API.
fn reference_body(code: ErrorCode) -> Value {
    let detail = match code {
        ErrorCode::InvalidFields => return json!({"vendor_data": ["This field is required."]}),
        ErrorCode::NothingSelected => {
            return json!(["Provide vendor_data_list or set delete_all=true."]);
        }
        ErrorCode::VendorDataTaken => {
            return json!({"vendor_data": ["A user with this vendor_data already exists."]});
        }
        ErrorCode::TransitionRefused => {
            return json!({"status": [
                "The status cannot change from BLOCKED to FLAGGED. Allowed from BLOCKED: ACTIVE."
            ]});
        }
        ErrorCode::DestinationExists => {
            let text = "This webhook destination already exists for the application.";
            return json!({ "url": [text] });
        }
        ErrorCode::NotAuthenticated => {
            "You must be authenticated with a valid access token to access this endpoint."
        }
        ErrorCode::InvalidKey => "Invalid API Key.",
        ErrorCode::PermissionDenied => "You do not have permission to perform this action.",
        ErrorCode::NotFound => "Not found.",
        ErrorCode::MethodNotAllowed => "Method not allowed.",
        ErrorCode::UnsupportedMediaType => "Unsupported media type. Use application/json.",
        ErrorCode::PayloadTooLarge => "The body is too large. Its limit is 1000 bytes.",
        ErrorCode::Malformed => "JSON parse error: the body is not valid JSON in UTF-8.",
        ErrorCode::PreconditionFailed => "The user is not at the version that If-Match names.",
        ErrorCode::IdempotencyKeyReused => "This Idempotency-Key was used for another request.",
        ErrorCode::DestinationNotFound => "Webhook destination not found.",
        ErrorCode::DeliveryNotFound => "Webhook delivery not found.",
        ErrorCode::RecoveryNotFound => "Webhook recovery not found.",
        ErrorCode::TooManyDestinations => {
            "The application has 50 webhook destinations, the most it may have."
        }
        ErrorCode::EventErased => "The event was erased with its user.",
        ErrorCode::EventExpired => "The event is no longer stored.",
        ErrorCode::TestEvent => "A test event cannot be sent again. Send a new test.",
        ErrorCode::KeyNotFound => "API key not found.",
        ErrorCode::KeyEnded => "The API key was revoked or has expired. Create a new one.",
        ErrorCode::LastOwnerKey => {
            "The application would be left without an OWNER key that your address may use. Create another one first."
        }
        ErrorCode::TooManyKeys => {
            "The application has 1000 API keys, the most it may have. Revoke some first."
        }
        ErrorCode::RateLimited => {
            "GET request rate limit exceeded. You can make up to 1 requests per minute."
        }
        ErrorCode::IdempotencyKeyInUse => {
            "A request with this Idempotency-Key is under way. Try again."
        }
        ErrorCode::IdempotencyQuotaExceeded => {
            "Too many responses are stored for the Idempotency-Keys of this application. Send the request without a key, or later."
        }
        ErrorCode::ReadTooSlow => {
            "This request takes too long. Narrow it with filters or a shorter time range."
        }
        ErrorCode::Unavailable => "The service is not available for the moment. Try again.",
        ErrorCode::Internal => "The service failed to answer this request.",
        ErrorCode::RequestTimeout => unreachable!("needs a slow connection: see `raw`"),
    };
    json!({ "detail": detail })
}

/// Asserts what both formats have in common.
fn assert_common(reply: &Reply, code: ErrorCode, media_type: &str) {
    assert_eq!(reply.status, code.status(), "{code:?}: {}", reply.body);
    assert_eq!(reply.header("content-type"), Some(media_type));
    assert_eq!(reply.header("x-request-id"), Some("my-request"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let retry_after = match code {
        ErrorCode::Unavailable | ErrorCode::IdempotencyKeyInUse => Some("1"),
        ErrorCode::IdempotencyQuotaExceeded => Some("300"),
        ErrorCode::RateLimited => Some("60"),
        _ => None,
    };
    assert_eq!(reply.header("retry-after"), retry_after, "{code:?}");
    assert_eq!(reply.header("www-authenticate").is_some(), reply.status == 401, "{code:?}");
    assert!(!reply.body.contains("hunter2"));
}

/// The error in the format of problem details.
fn problem(code: ErrorCode, reference: &Value) -> Value {
    let errors = reference.as_object().filter(|body| !body.contains_key("detail"));
    let detail = match (&reference["detail"], &reference[0], errors) {
        (Value::String(detail), ..) | (_, Value::String(detail), _) => json!(detail),
        (.., Some(errors)) if code != ErrorCode::InvalidFields => {
            errors.values().next().unwrap()[0].clone()
        }
        _ => json!("Some fields are not valid."),
    };
    let mut problem = json!({
        "type": format!("urn:users-service:error:{}", code.as_str()),
        "title": code.title(),
        "status": code.status().as_u16(),
        "detail": detail,
        "code": code.as_str(),
        "request_id": "my-request",
    });
    if let Some(errors) = errors {
        problem["errors"] = json!(errors);
    }
    problem
}

#[actix_web::test]
async fn every_error_has_the_requested_format() {
    let (users, webhooks) = (errors_of_users().await, errors_of_webhooks().await);
    let (keys, service) = (errors_of_keys().await, errors_of_the_service().await);
    let mut missing: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(missing.len(), ErrorCode::ALL.len(), "codes are unique");
    for (code, call) in [users, webhooks, keys, service].into_iter().flatten() {
        let (call, body) = (call.header("x-request-id", "my-request"), reference_body(code));
        let reply = call.clone().send().await;
        assert_common(&reply, code, "application/json");
        assert_eq!(reply.json(), body, "{code:?}");

        let media_type = "application/problem+json";
        let reply = call.header("accept", media_type).send().await;
        assert_common(&reply, code, media_type);
        assert_eq!(reply.json(), problem(code, &body), "{code:?}");
        missing.remove(code.as_str());
    }
    // This error needs a slow connection: see `raw`.
    assert_eq!(missing, BTreeSet::from([ErrorCode::RequestTimeout.as_str()]));
}

/// Every status of an error is documented for at least one operation.
#[test]
fn every_error_has_a_documented_status() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .flat_map(|operation| operation["responses"].as_object().unwrap().keys().cloned())
        .collect();
    // An operation cannot document the error of a method that does not exist.
    for code in ErrorCode::ALL.iter().filter(|code| **code != ErrorCode::MethodNotAllowed) {
        assert!(documented.contains(code.status().as_str()), "{code:?}");
    }
}

#[actix_web::test]
async fn a_valid_request_id_is_used_and_an_invalid_one_replaced() {
    let api = Api::new().await;
    let (longest, too_long) = ("x".repeat(128), "x".repeat(129));
    let shown = async |id: &str| {
        let reply = api.call("GET", "/v3/users/").header("x-request-id", id).send().await;
        reply.header("x-request-id").unwrap().to_owned()
    };
    for id in ["a", "Ab-9_~!", &longest] {
        assert_eq!(shown(id).await, id);
    }
    // Erased entries have the request id `-`.
    for id in ["", "a b", "é", &too_long, "-"] {
        let generated = uuid::Uuid::parse_str(&shown(id).await).unwrap();
        assert_eq!(generated.get_version_num(), 7, "{id}");
    }
    let call = api.call("POST", CREATE).header("x-request-id", "trace-me");
    call.json(&json!({"vendor_data": "ada"})).send().await;
    assert_eq!(api.entries(true)[0].header.request_id.as_str(), "trace-me");
}
