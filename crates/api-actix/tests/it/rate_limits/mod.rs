//! Rate limits of keys and addresses, their response headers, and failures of the limiter.

mod addresses;
mod outage;

use serde_json::{Value, json};
use testkit::base_time;
use users_domain::model::{ApiKey, KeyKind, Role};
use users_domain::rules::DefaultLimits;

use crate::support::{Api, Ports, Reply};

const LIST: &str = "/v3/users/";
const CREATE: &str = "/v3/users/create/";
const NO_KEY: &str = "You must be authenticated with a valid access token to access this endpoint.";

/// Small limits, which the tests can reach.
const LIMITS: DefaultLimits = DefaultLimits {
    reads_per_minute: 3,
    writes_per_minute: 2,
    service_per_minute: 4,
    unauthenticated_per_minute: 2,
    public_per_minute: 3,
};

/// An API with these limits and a stopped clock.
async fn limited(limits: DefaultLimits) -> Api {
    limited_with(limits, |_| {}).await
}

async fn limited_with(limits: DefaultLimits, replace: impl FnOnce(&mut Ports)) -> Api {
    let api = Api::with(|ports| {
        ports.settings.limits = limits;
        replace(ports);
    })
    .await;
    api.clock.tick_by(0);
    api
}

fn exceeded(kind: &str, limit: u32) -> Value {
    let detail = format!(
        "{kind} request rate limit exceeded. You can make up to {limit} requests per minute."
    );
    json!({ "detail": detail })
}

const HEADERS: [&str; 5] = [
    "ratelimit-policy",
    "ratelimit",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

fn limit_headers(reply: &Reply) -> Vec<&str> {
    HEADERS.iter().filter_map(|name| reply.header(name)).collect()
}

fn epoch(seconds: i64) -> String {
    (base_time().unix_micros() / 1_000_000 + seconds).to_string()
}

impl Api {
    fn seconds_pass(&self, seconds: i64) {
        self.clock.advance(seconds * 1_000_000);
    }
}

#[actix_web::test]
async fn every_response_reports_the_allowance_of_its_key() {
    let api = limited(LIMITS).await;
    // Also for an unknown user and for an unknown path.
    for (uri, status, left) in
        [(LIST, 200, "2"), ("/v3/users/unknown/", 404, "1"), ("/v3/nothing/", 404, "0")]
    {
        let reply = api.get(uri).await;
        assert_eq!(reply.status, status, "{uri}");
        let limit = format!("\"read\";r={left};t=60");
        let expected = ["\"read\";q=3;w=60", &limit, "3", left, &epoch(60)];
        assert_eq!(limit_headers(&reply), expected, "{uri}");
        assert_eq!(reply.header("retry-after"), None);
    }
    // Writes have their own count.
    let write = api.post(CREATE, json!({"vendor_data": "ada"})).await;
    assert_eq!(write.status, 201);
    let expected = ["\"write\";q=2;w=60", "\"write\";r=1;t=60", "2", "1", &epoch(60)];
    assert_eq!(limit_headers(&write), expected);
}

#[actix_web::test]
async fn requests_above_the_limit_are_refused_until_the_reported_time() {
    let api = limited(LIMITS).await;
    for second in [0, 10, 20] {
        assert_eq!(api.get(LIST).await.status, 200, "{second}");
        api.seconds_pass(10);
    }
    api.clock.advance(-1);
    // A refused request is not counted; otherwise the time would increase.
    let expected = ["\"read\";q=3;w=60", "\"read\";r=0;t=31", "3", "0", &epoch(60)];
    for _ in 0..5 {
        let refused = api.get(LIST).await;
        refused.assert(429, &exceeded("GET", 3));
        assert_eq!(refused.header("retry-after"), Some("31"));
        assert_eq!(limit_headers(&refused), expected);
    }
    api.seconds_pass(30);
    let refused = api.get(LIST).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, Some("1")));
    api.clock.advance(1);
    assert_eq!(api.get(LIST).await.status, 200);
    assert_eq!(api.get(LIST).await.status, 429);
}

#[actix_web::test]
async fn a_refused_request_has_no_effect() {
    let api = limited(LIMITS).await;
    api.user("ada").await;
    api.user("bob").await;
    let before = api.traces();
    let eve = json!({"vendor_data": "eve"});
    api.post(CREATE, eve).await.assert(429, &exceeded("Write", 2));
    assert_eq!(api.traces(), before);
    assert_eq!(api.get("/v3/users/eve/").await.status, 404);
}

/// The order is 401, 429, 403, then all other errors. Every outcome counts.
#[actix_web::test]
async fn an_exceeded_limit_has_precedence_over_all_errors_but_a_wrong_key() {
    let api = limited(LIMITS).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    let attempt = |body: &'static str| api.with_key(&reader, "POST", CREATE).text(body).send();
    assert_eq!(attempt("{}").await.status, 403);
    assert_eq!(attempt("{").await.status, 403);
    attempt("{}").await.assert(429, &exceeded("Write", 2));

    // Unsupported methods and malformed bodies, with a key that has the permission.
    assert_eq!(api.call("PUT", LIST).send().await.status, 405);
    assert_eq!(api.call("POST", CREATE).text("{").send().await.status, 400);
    for (method, body) in [("PUT", "{}"), ("POST", "{")] {
        let refused = api.call(method, CREATE).text(body).send().await;
        refused.assert(429, &exceeded("Write", 2));
    }
    assert_eq!(api.call("PATCH", "/v3/nothing/").send().await.status, 429);

    let wrong = api.with_key("x", "POST", CREATE).text("{").send().await;
    wrong.assert(401, &json!({"detail": "Invalid API Key."}));
}

#[actix_web::test]
async fn head_counts_as_a_read_and_an_unknown_method_as_a_write() {
    let api = limited(LIMITS).await;
    for (method, left) in [
        ("HEAD", "\"read\";r=2;t=60"),
        ("OPTIONS", "\"read\";r=1;t=60"),
        ("PURGE", "\"write\";r=1;t=60"),
    ] {
        let reply = api.call(method, LIST).send().await;
        assert_eq!(limit_headers(&reply)[1], left, "{method}");
    }
}

#[actix_web::test]
async fn keys_and_applications_share_no_count() {
    let api = limited(LIMITS).await;
    for _ in 0..3 {
        api.get(LIST).await;
    }
    assert_eq!(api.get(LIST).await.status, 429);
    let second = api.key(KeyKind::Role(Role::Owner)).await;
    let stranger = api.strangers_key().await;
    for key in [second, stranger] {
        let reply = api.with_key(&key, "GET", LIST).send().await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("x-ratelimit-remaining"), Some("2"));
    }
}

/// The unit tests of `rules::limits` contain the precedence of limits.
#[actix_web::test]
async fn applications_services_and_keys_have_separate_limits() {
    let api = limited(LIMITS).await;
    api.set("rate_limit_get_per_minute", "5").await;
    api.set("rate_limit_write_per_minute", "0").await;
    assert_eq!(api.get(LIST).await.header("x-ratelimit-limit"), Some("5"));
    for number in 0..9 {
        let created = api.post(CREATE, json!({"vendor_data": number.to_string()})).await;
        assert_eq!((created.status.as_u16(), limit_headers(&created)), (201, vec![]));
    }
    // A changed limit applies immediately, and includes earlier requests.
    api.set("rate_limit_get_per_minute", "1").await;
    api.get(LIST).await.assert(429, &exceeded("GET", 1));

    // The lowest limit applies.
    api.set("rate_limit_get_per_minute", "9").await;
    let service = api.key(KeyKind::Service).await;
    let own = |key: &mut ApiKey| key.limits.reads_per_minute = Some(3);
    let owner = KeyKind::Role(Role::Owner);
    let limited_key = api.key_with(&api.application, owner, own).await;
    let limited_service = api.key_with(&api.application, KeyKind::Service, own).await;
    for (key, limit) in [(service, "4"), (limited_key, "3"), (limited_service, "3")] {
        let reply = api.with_key(&key, "GET", "/v3/nothing/").send().await;
        assert_eq!(reply.header("x-ratelimit-limit"), Some(limit));
    }
}

#[actix_web::test]
async fn responses_without_limits_have_no_limit_headers() {
    let api = limited(DefaultLimits::NONE).await;
    for _ in 0..5 {
        assert_eq!(limit_headers(&api.get(LIST).await), [""; 0]);
        let anonymous = api.anonymous("GET", LIST).from("192.0.2.1").send().await;
        assert_eq!((anonymous.status.as_u16(), limit_headers(&anonymous)), (401, vec![]));
    }
}

#[actix_web::test]
async fn public_routes_count_against_no_key() {
    let api = limited(LIMITS).await;
    for (uri, remaining) in [("/healthz", "2"), ("/docs/", "1"), ("/openapi.json", "0")] {
        let reply = api.call("GET", uri).from("192.0.2.1").send().await;
        assert_eq!(reply.status, 200, "{uri}");
        assert_eq!(reply.header("ratelimit-policy"), Some("\"public\";q=3;w=60"));
        assert_eq!(reply.header("x-ratelimit-remaining"), Some(remaining));
    }
    assert_eq!(api.get(LIST).await.header("x-ratelimit-remaining"), Some("2"));
}
