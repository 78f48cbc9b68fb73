//! Tests of every error code in both formats.

use std::collections::BTreeSet;
use std::sync::Arc;

use api_actix::{ApiSettings, ErrorCode, openapi_json};
use serde_json::{Value, json};
use users_domain::model::webhooks::Destination;
use users_domain::model::{ApiKey, KeyKind, Role};
use users_domain::ports::{IdempotencyError, MockIdempotencyStore, MockUserReader, StoreError};
use users_domain::rules::DefaultLimits;

use crate::support::{Api, Call, Reply};
use crate::webhooks::sending::erased;
use crate::webhooks::{UNKNOWN_ID, URI, path};

/// Returns the error codes that a call within the process can cause.
fn codes() -> impl Iterator<Item = &'static ErrorCode> {
    let codes = ErrorCode::ALL.iter();
    codes.filter(|code| **code != ErrorCode::RequestTimeout)
}

/// APIs and paths that cause the errors. `api` has a blocked user `ada`, the maximum of destinations, and a READER key.
struct Scene {
    api: Api,
    reader: String,
    broken: Api,
    unavailable: Api,
    /// An API whose reads time out.
    slow: Api,
    /// An API in which every idempotency key is in use.
    busy: Api,
    full: Api,
    erased: Api,
    /// An API whose owner has used up the read limit of this minute.
    limited: Api,
    /// The path of a destination.
    destination: String,
    /// The path of an attempt whose event has expired.
    expired: String,
    /// The path of the attempt of a test.
    tested: String,
    /// The path of a destination whose events are all erased.
    erased_destination: String,
    /// An API with the maximum of keys.
    crowded: Api,
    /// The path of the only OWNER key.
    owner_key: String,
    /// The path of a revoked key.
    ended_key: String,
}

impl Scene {
    async fn new() -> Self {
        let api = Api::with(|ports| {
            ports.settings = ApiSettings { max_user_body_bytes: 1000, ..ports.settings.clone() };
        })
        .await;
        api.user("ada").await;
        api.patch("/v3/users/ada/", json!({"status": "BLOCKED"})).await;
        let failing = |error: fn(String) -> StoreError| {
            Api::with(move |ports| {
                let mut reader = MockUserReader::new();
                let error = error("password=hunter2".to_owned());
                reader.expect_find().returning(move |_, _| Err(error.clone()));
                ports.reader = Arc::new(reader);
            })
        };
        let (busy, full) =
            (claiming(IdempotencyError::InUse), claiming(IdempotencyError::OverQuota));
        api.call("PATCH", "/v3/users/ada/")
            .header("idempotency-key", "used")
            .json(&json!({}))
            .send()
            .await;
        let created = api.destination("https://example.org/0").await;
        for number in 1..Destination::MAX_PER_APPLICATION {
            api.destination(&format!("https://example.org/{number}")).await;
        }
        let destination = path(&created, "");
        let expired = api.attempt(&created, |_| {}).id;
        let tested = api.call("POST", &path(&created, "test/")).send().await.json();
        let tested = tested["uuid"].as_str().unwrap();
        let erased = erased().await;
        let key = |uuid: &str| format!("/v3/api-keys/{uuid}/");
        let (ended, _) = api.new_key("READER").await;
        assert_eq!(api.call("DELETE", &key(&ended)).send().await.status, 204);
        let listed = api.get("/v3/api-keys/").await.json();
        Self {
            owner_key: key(listed[0]["uuid"].as_str().unwrap()),
            ended_key: key(&ended),
            crowded: crowded().await,
            erased_destination: path(&erased.destination("https://example.org/").await, ""),
            erased,
            limited: limited().await,
            expired: format!("{destination}deliveries/{expired}/"),
            tested: format!("{destination}deliveries/{tested}/"),
            destination,
            reader: api.key(KeyKind::Role(Role::Reader)).await,
            broken: failing(|reason| StoreError::Defect { reason }).await,
            unavailable: failing(|reason| StoreError::Unavailable { reason }).await,
            slow: failing(|_| StoreError::TooSlow).await,
            busy: busy.await,
            full: full.await,
            api,
        }
    }

    /// Returns a call that causes this error.
    fn call(&self, code: ErrorCode) -> Call<'_> {
        let (api, user) = (&self.api, "/v3/users/ada/");
        let create = || api.call("POST", "/v3/users/create/");
        match code {
            ErrorCode::NotAuthenticated => api.anonymous("GET", user),
            ErrorCode::InvalidKey => api.anonymous("GET", user).header("x-api-key", "x"),
            ErrorCode::RateLimited => self.limited.call("GET", user),
            ErrorCode::PermissionDenied => {
                api.anonymous("PATCH", user).header("x-api-key", &self.reader)
            }
            ErrorCode::NotFound => api.call("GET", "/v3/users/nobody/"),
            ErrorCode::MethodNotAllowed => api.call("PUT", user),
            ErrorCode::UnsupportedMediaType => create().header("content-type", "text/plain"),
            ErrorCode::PayloadTooLarge => create().text(&" ".repeat(1001)),
            ErrorCode::Malformed => create().text("{"),
            ErrorCode::InvalidFields => create().json(&json!({})),
            ErrorCode::NothingSelected => api.call("POST", "/v3/users/delete/").json(&json!({})),
            ErrorCode::VendorDataTaken => create().json(&json!({"vendor_data": "ada"})),
            ErrorCode::TransitionRefused => {
                api.call("PATCH", user).json(&json!({"status": "FLAGGED"}))
            }
            ErrorCode::DestinationNotFound => api.call("GET", &format!("{URI}{UNKNOWN_ID}/")),
            ErrorCode::DeliveryNotFound => {
                api.call("GET", &format!("{}deliveries/{UNKNOWN_ID}/", self.destination))
            }
            ErrorCode::RecoveryNotFound => {
                api.call("GET", &format!("{}recover/{UNKNOWN_ID}/", self.destination))
            }
            ErrorCode::DestinationExists => {
                api.call("PATCH", &self.destination).json(&json!({"url": "https://example.org/1"}))
            }
            ErrorCode::TooManyDestinations => {
                api.call("POST", URI).json(&json!({"label": "x", "url": "https://example.org/x"}))
            }
            ErrorCode::EventErased => {
                let rest = format!("deliveries/{UNKNOWN_ID}/resend/");
                let uri = format!("{}{rest}", self.erased_destination);
                self.erased.call("POST", &uri)
            }
            ErrorCode::EventExpired => api.call("POST", &format!("{}resend/", self.expired)),
            ErrorCode::TestEvent => api.call("POST", &format!("{}resend/", self.tested)),
            ErrorCode::KeyNotFound => api.call("GET", &format!("/v3/api-keys/{UNKNOWN_ID}/")),
            ErrorCode::KeyEnded => api.call("PATCH", &self.ended_key).json(&json!({})),
            ErrorCode::LastOwnerKey => api.call("DELETE", &self.owner_key),
            ErrorCode::TooManyKeys => {
                let body = json!({"name": "one more", "role": "READER"});
                self.crowded.call("POST", "/v3/api-keys/").json(&body)
            }
            ErrorCode::RequestTimeout => unreachable!("needs a slow connection: see `raw`"),
            ErrorCode::PreconditionFailed => {
                api.call("PATCH", user).header("if-match", "\"x\"").json(&json!({}))
            }
            ErrorCode::IdempotencyKeyReused => api
                .call("PATCH", user)
                .header("idempotency-key", "used")
                .json(&json!({"display_name": "x"})),
            ErrorCode::IdempotencyKeyInUse => keyed_delete(&self.busy),
            ErrorCode::IdempotencyQuotaExceeded => keyed_delete(&self.full),
            ErrorCode::ReadTooSlow => self.slow.call("GET", user),
            ErrorCode::Unavailable => self.unavailable.call("GET", user),
            ErrorCode::Internal => self.broken.call("GET", user),
        }
    }
}

/// Returns an API whose store refuses every claim with this error.
async fn claiming(error: IdempotencyError) -> Api {
    Api::with(|ports| {
        let mut claims = MockIdempotencyStore::new();
        claims.expect_hold().returning(move |_, _, _, _| Err(error.clone()));
        ports.claims = Arc::new(claims);
    })
    .await
}

fn keyed_delete(api: &Api) -> Call<'_> {
    api.call("POST", "/v3/users/delete/")
        .header("idempotency-key", "k")
        .json(&json!({"vendor_data_list": ["nobody"]}))
}

/// Returns an API whose application has the maximum of keys.
async fn crowded() -> Api {
    let api = Api::new().await;
    for _ in 1..ApiKey::MAX_LIVE {
        api.key(KeyKind::Role(Role::Reader)).await;
    }
    api
}

/// Returns the body in the format of the reference API.
fn reference_body(code: ErrorCode) -> Value {
    let detail = |text: &str| json!({ "detail": text });
    match code {
        ErrorCode::NotAuthenticated => {
            detail("You must be authenticated with a valid access token to access this endpoint.")
        }
        ErrorCode::InvalidKey => detail("Invalid API Key."),
        ErrorCode::RateLimited => {
            detail("GET request rate limit exceeded. You can make up to 1 requests per minute.")
        }
        ErrorCode::PermissionDenied => detail("You do not have permission to perform this action."),
        ErrorCode::NotFound => detail("Not found."),
        ErrorCode::MethodNotAllowed => detail("Method not allowed."),
        ErrorCode::UnsupportedMediaType => detail("Unsupported media type. Use application/json."),
        ErrorCode::PayloadTooLarge => detail("The body is too large. Its limit is 1000 bytes."),
        ErrorCode::Malformed => detail("JSON parse error: the body is not valid JSON in UTF-8."),
        ErrorCode::InvalidFields => json!({"vendor_data": ["This field is required."]}),
        ErrorCode::NothingSelected => json!(["Provide vendor_data_list or set delete_all=true."]),
        ErrorCode::VendorDataTaken => {
            json!({"vendor_data": ["A user with this vendor_data already exists."]})
        }
        ErrorCode::TransitionRefused => json!({"status": [
            "The status cannot change from BLOCKED to FLAGGED. Allowed from BLOCKED: ACTIVE."
        ]}),
        ErrorCode::DestinationNotFound => detail("Webhook destination not found."),
        ErrorCode::DeliveryNotFound => detail("Webhook delivery not found."),
        ErrorCode::RecoveryNotFound => detail("Webhook recovery not found."),
        ErrorCode::DestinationExists => {
            json!({"url": ["This webhook destination already exists for the application."]})
        }
        ErrorCode::TooManyDestinations => {
            detail("The application has 50 webhook destinations, the most it may have.")
        }
        ErrorCode::EventErased => detail("The event was erased with its user."),
        ErrorCode::EventExpired => detail("The event is no longer stored."),
        ErrorCode::TestEvent => detail("A test event cannot be sent again. Send a new test."),
        ErrorCode::KeyNotFound => detail("API key not found."),
        ErrorCode::KeyEnded => detail("The API key was revoked or has expired. Create a new one."),
        ErrorCode::LastOwnerKey => detail(
            "The application would be left without an OWNER key that your address may use. Create another one first.",
        ),
        ErrorCode::TooManyKeys => {
            detail("The application has 1000 API keys, the most it may have. Revoke some first.")
        }
        ErrorCode::RequestTimeout => detail("The body did not arrive in time."),
        ErrorCode::PreconditionFailed => {
            detail("The user is not at the version that If-Match names.")
        }
        ErrorCode::IdempotencyKeyReused => {
            detail("This Idempotency-Key was used for another request.")
        }
        ErrorCode::IdempotencyKeyInUse => {
            detail("A request with this Idempotency-Key is under way. Try again.")
        }
        ErrorCode::IdempotencyQuotaExceeded => detail(
            "Too many responses are stored for the Idempotency-Keys of this application. Send the request without a key, or later.",
        ),
        ErrorCode::ReadTooSlow => {
            detail("This request takes too long. Narrow it with filters or a shorter time range.")
        }
        ErrorCode::Unavailable => detail("The service is not available for the moment. Try again."),
        ErrorCode::Internal => detail("The service failed to answer this request."),
    }
}

/// Returns an API with a stopped clock, whose owner has used up the read limit of this minute.
async fn limited() -> Api {
    let api = Api::with(|ports| {
        ports.settings.limits = DefaultLimits { reads_per_minute: 1, ..DefaultLimits::NONE };
    })
    .await;
    api.clock.tick_by(0);
    assert_eq!(api.get("/v3/users/").await.status, 200);
    api
}

fn assert_common(reply: &Reply, code: ErrorCode) {
    assert_eq!(reply.status, code.status(), "{code:?}: {}", reply.body);
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

#[actix_web::test]
async fn every_error_has_the_format_of_the_reference_api() {
    let scene = Scene::new().await;
    for code in codes() {
        let reply = scene.call(*code).header("x-request-id", "my-request").send().await;
        assert_common(&reply, *code);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.json(), reference_body(*code), "{code:?}");
    }
}

#[actix_web::test]
async fn every_error_has_the_problem_details_format_on_request() {
    let scene = Scene::new().await;
    for code in codes() {
        let call = scene.call(*code).header("x-request-id", "my-request");
        let reply = call.header("accept", "application/problem+json").send().await;
        assert_common(&reply, *code);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        let problem = reply.json();
        let reference = reference_body(*code);
        let errors = reference.as_object().filter(|body| !body.contains_key("detail"));
        let detail = match (&reference["detail"], &reference[0], errors) {
            (Value::String(detail), ..) | (_, Value::String(detail), _) => json!(detail),
            (.., Some(errors)) if *code != ErrorCode::InvalidFields => {
                errors.values().next().unwrap()[0].clone()
            }
            _ => json!("Some fields are not valid."),
        };
        let mut expected = json!({
            "type": format!("urn:users-service:error:{}", code.as_str()),
            "title": code.title(),
            "status": code.status().as_u16(),
            "detail": detail,
            "code": code.as_str(),
            "request_id": "my-request",
        });
        if let Some(errors) = errors {
            expected["errors"] = json!(errors);
        }
        assert_eq!(problem, expected, "{code:?}");
    }
}

#[test]
fn error_codes_are_unique() {
    let names: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), ErrorCode::ALL.len());
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
    let longest = "x".repeat(128);
    for id in ["a", "Ab-9_~!", &longest] {
        let reply = api.call("GET", "/v3/users/").header("x-request-id", id).send().await;
        assert_eq!(reply.header("x-request-id"), Some(id));
    }
    let too_long = "x".repeat(129);
    // Erased entries have the request id `-`.
    for id in ["", "a b", "é", &too_long, "-"] {
        let reply = api.call("GET", "/v3/users/").header("x-request-id", id).send().await;
        let generated = reply.header("x-request-id").unwrap();
        assert_eq!(uuid::Uuid::parse_str(generated).unwrap().get_version_num(), 7, "{id}");
    }
    let call = api.call("POST", "/v3/users/create/").header("x-request-id", "trace-me");
    call.json(&json!({"vendor_data": "ada"})).send().await;
    let entries = api.entries(true);
    assert_eq!(entries[0].header.request_id.as_str(), "trace-me");
}
