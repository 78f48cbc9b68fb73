//! The API on the in-memory store, and helpers that call it.

mod documented;
pub(crate) mod webhooks;

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_http::Request;
use actix_web::dev::{Service as _, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::{test, web};
use adapter_memory::MemoryStore;
use adapter_rate_limits::MemoryRateLimiter;
use api_actix::{ApiDependencies, ApiSettings, AppState, HttpMetrics, IngestMetrics, app};
use key_ring::{KeyRing, Secret};
use serde_json::{Value, json};
use testkit::{
    CountingEntropy, FixedClock, MemoryWebhooks, PlainEncoder, a_key, an_application, base_time,
};
use users_domain::model::{ApiKey, Application, AuditEntry, KeyKind, Role, Setting};
use users_domain::ports::{
    ApplicationStore, AuditReader, AuditTrail, Clock, IdempotencyStore, KeyStore, RateLimiter,
    Readiness, UserReader, UserStore,
};
use users_domain::rules::{DefaultLimits, settings_entry};
use users_domain::service::{
    AccessService, AuditService, DeletedUserService, DestinationPorts, DestinationService,
    IngestService, KeyService, UserService, UserServiceLimits,
};

use self::webhooks::{Receiver, destination_ports};

/// The dependencies and settings of the API in a test. By default, all ports are the in-memory store.
pub(crate) struct Ports {
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) reader: Arc<dyn UserReader>,
    pub(crate) claims: Arc<dyn IdempotencyStore>,
    pub(crate) keys: Arc<dyn KeyStore>,
    pub(crate) audit: Arc<dyn AuditReader>,
    pub(crate) trail: Arc<dyn AuditTrail>,
    pub(crate) readiness: Arc<dyn Readiness>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) webhooks: DestinationPorts,
    pub(crate) metrics: HttpMetrics,
    pub(crate) settings: ApiSettings,
}

impl Ports {
    pub(crate) fn of(
        store: &Arc<MemoryStore>,
        webhooks: &Arc<MemoryWebhooks>,
        receiver: &Arc<Receiver>,
        clock: &Arc<FixedClock>,
    ) -> Self {
        Self {
            users: store.clone(),
            reader: store.clone(),
            claims: store.clone(),
            keys: store.clone(),
            audit: store.clone(),
            trail: store.clone(),
            readiness: store.clone(),
            limiter: Arc::new(MemoryRateLimiter::new(clock.clone())),
            webhooks: destination_ports(webhooks, receiver, clock.clone()),
            metrics: HttpMetrics::default(),
            settings: ApiSettings {
                // A change of a key must be visible to the next request.
                key_cache: Duration::ZERO,
                // Only the tests of rate limits set limits.
                limits: DefaultLimits::NONE,
                ..ApiSettings::default()
            },
        }
    }
}

/// Answers a request with the routes of the API.
type Service = Rc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = ServiceResponse>>>>;

/// The API, one application, and an OWNER key of that application.
pub(crate) struct Api {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) webhooks: Arc<MemoryWebhooks>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) application: Application,
    pub(crate) owner: String,
    pub(crate) users: Arc<UserService>,
    pub(crate) state: web::Data<AppState>,
    service: Service,
}

impl Api {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(replace: impl FnOnce(&mut Ports)) -> Self {
        let clock = Arc::new(FixedClock::ticking(base_time(), 1_000_000));
        let store = MemoryStore::with_clock(Arc::new(PlainEncoder), clock.clone());
        let store = Arc::new(store);
        let webhooks = Arc::new(MemoryWebhooks::new(store.clone(), clock.clone()));
        let receiver = Arc::new(Receiver::default());
        let application = an_application();
        ApplicationStore::add(&*store, application.clone()).await.unwrap();
        let mut ports = Ports::of(&store, &webhooks, &receiver, &clock);
        replace(&mut ports);
        let (state, users) = state(ports, &store, clock.clone());
        let state = web::Data::new(state);
        let mut api = Self {
            store,
            webhooks,
            clock,
            receiver,
            application,
            owner: String::new(),
            users,
            service: service(&state).await,
            state,
        };
        api.owner = api.key(KeyKind::Role(Role::Owner)).await;
        api
    }

    pub(crate) async fn key(&self, kind: KeyKind) -> String {
        self.key_with(&self.application, kind, |_| {}).await
    }

    /// Creates an OWNER key of another application in the same store.
    pub(crate) async fn strangers_key(&self) -> String {
        let application = an_application();
        ApplicationStore::add(&*self.store, application.clone()).await.unwrap();
        self.key_with(&application, KeyKind::Role(Role::Owner), |_| {}).await
    }

    /// Creates a key, and changes it before it is stored.
    #[expect(clippy::unused_async, reason = "consistent with the other helpers, which are async")]
    pub(crate) async fn key_with(
        &self,
        application: &Application,
        kind: KeyKind,
        change: impl FnOnce(&mut ApiKey),
    ) -> String {
        let (mut key, secret) = a_key(application, kind);
        change(&mut key);
        self.store.put_key(key);
        secret.expose().to_owned()
    }

    /// A call with the OWNER key.
    pub(crate) fn call(&self, method: &str, uri: &str) -> Call {
        self.with_key(&self.owner, method, uri)
    }

    pub(crate) fn with_key(&self, key: &str, method: &str, uri: &str) -> Call {
        self.anonymous(method, uri).header("x-api-key", key)
    }

    pub(crate) fn anonymous(&self, method: &str, uri: &str) -> Call {
        Call {
            service: self.service.clone(),
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            uri: uri.to_owned(),
            headers: Vec::new(),
            body: None,
            peer: None,
        }
    }

    pub(crate) async fn get(&self, uri: &str) -> Reply {
        self.call("GET", uri).send().await
    }

    pub(crate) async fn post(&self, uri: &str, body: Value) -> Reply {
        self.call("POST", uri).json(&body).send().await
    }

    pub(crate) async fn patch(&self, uri: &str, body: Value) -> Reply {
        self.call("PATCH", uri).json(&body).send().await
    }

    pub(crate) async fn delete(&self, uri: &str) -> Reply {
        self.call("DELETE", uri).send().await
    }

    /// Creates a user and returns its detail.
    pub(crate) async fn user(&self, vendor_data: &str) -> Value {
        self.create(json!({ "vendor_data": vendor_data })).await
    }

    /// Creates a user with these members and returns its detail.
    pub(crate) async fn create(&self, body: Value) -> Value {
        self.post("/v3/users/create/", body).await.body_of(201)
    }

    /// Deletes the users of these names, who must exist.
    pub(crate) async fn delete_users(&self, names: &[&str]) {
        let reply = self.post("/v3/users/delete/", json!({ "vendor_data_list": names })).await;
        reply.assert(200, &json!({ "deleted": names.len() }));
    }

    /// Follows the link of this name from page to page, and returns the pages.
    pub(crate) async fn walk(&self, uri: &str, link: &str) -> Vec<Reply> {
        let (mut pages, mut next) = (Vec::new(), Some(uri.to_owned()));
        while let Some(uri) = next {
            assert!(pages.len() < 100, "the links do not end");
            let page = self.get(&uri).await;
            next = page.link(link);
            pages.push(page);
        }
        pages
    }

    pub(crate) async fn set(&self, name: &str, value: &str) {
        let context = testkit::an_operators_context(self.clock.now());
        let application = ApplicationStore::find(&*self.store, self.application.id);
        let application = application.await.unwrap().unwrap();
        let before = application.settings;
        let after = before.with(Setting::parse(name, value).unwrap());
        let entry = settings_entry(&application, &after, &context);
        let replaced = self.store.replace_settings(application.id, before, after, entry);
        assert!(replaced.await.unwrap());
    }

    /// The audit entries about users, or all others.
    pub(crate) fn entries(&self, about_users: bool) -> Vec<AuditEntry> {
        let mut entries = self.store.audit_entries(self.application.id);
        entries.retain(|entry| entry.header.user.is_some() == about_users);
        entries
    }

    /// The numbers of audit entries about users and of events.
    pub(crate) fn traces(&self) -> (usize, usize) {
        let events = self.store.events(self.application.id);
        (self.entries(true).len(), events.len())
    }
}

/// The text of a request with a key and a JSON body, of which only the beginning may be sent.
pub(crate) fn request(line: &str, key: &str, headers: &str, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n{headers}\r\n\r\n{body}"
    )
}

/// Runs the tasks that write queued audit entries.
pub(crate) async fn run_tasks() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

/// The output of a call of the in-memory store, which never waits.
pub(crate) fn ready<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the call waits"),
    }
}

/// The object with these members added or replaced.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("{more} is not an object");
    };
    object.as_object_mut().unwrap().extend(more);
    object
}

/// Builds the application once, because its routes take longer to register than most requests to answer.
async fn service(state: &web::Data<AppState>) -> Service {
    let service = test::init_service(app(state.clone())).await;
    Rc::new(move |request| {
        let response = service.call(request);
        Box::pin(async move { response.await.unwrap().map_into_boxed_body() })
    })
}

fn state(
    ports: Ports,
    store: &Arc<MemoryStore>,
    clock: Arc<FixedClock>,
) -> (AppState, Arc<UserService>) {
    let clock: Arc<dyn Clock> = clock;
    let entropy = Arc::new(CountingEntropy::default());
    let limits = UserServiceLimits {
        delete_chunk_users: 2,
        delete_all_budget: Duration::from_secs(15),
        longest_hold: Duration::from_mins(1),
    };
    let ingest = IngestService::new(
        ports.users.clone(),
        ports.reader.clone(),
        clock.clone(),
        entropy.clone(),
    );
    let deleted_users = DeletedUserService::new(
        ports.users.clone(),
        store.clone(),
        ports.claims.clone(),
        clock.clone(),
        entropy.clone(),
        limits.longest_hold,
    );
    let (writes, reads, claims) = (ports.users, ports.reader, ports.claims);
    let users = UserService::new(writes, reads, claims, clock.clone(), entropy.clone(), limits);
    let users = Arc::new(users);
    let audit = AuditService::new(ports.audit, ports.trail, clock.clone(), entropy.clone());
    let api_keys = KeyService::new(ports.keys.clone(), clock.clone(), entropy.clone());
    let access = AccessService::new(store.clone(), ports.keys, clock, entropy.clone());
    let dependencies = ApiDependencies {
        users: users.clone(),
        deleted_users: Arc::new(deleted_users),
        ingest: Arc::new(ingest),
        ingest_metrics: IngestMetrics::default(),
        destinations: Arc::new(DestinationService::new(ports.webhooks)),
        audit: Arc::new(audit),
        access: Arc::new(access),
        api_keys: Arc::new(api_keys),
        limiter: ports.limiter,
        readiness: ports.readiness,
        entropy,
        key_ring: Arc::new(KeyRing::new(Secret::generate().unwrap(), Vec::new())),
        metrics: ports.metrics,
    };
    (AppState::new(dependencies, ports.settings), users)
}

/// A request that is being built.
#[derive(Clone)]
pub(crate) struct Call {
    service: Service,
    method: Method,
    uri: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    peer: Option<SocketAddr>,
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = Some(SocketAddr::new(peer.parse().unwrap(), 4000));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// Sets a body with the media type of JSON.
    pub(crate) fn text(self, body: &str) -> Self {
        self.header("content-type", "application/json").bytes(body.as_bytes())
    }

    /// Sets a body without a media type.
    pub(crate) fn bytes(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// Sends the request, checks the response against the OpenAPI document and returns it.
    pub(crate) async fn send(self) -> Reply {
        let (method, uri) = (self.method.clone(), self.uri.clone());
        let response = self.response().await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = test::read_body(response).await;
        let reply = Reply { status, headers, body: String::from_utf8(body.to_vec()).unwrap() };
        documented::check(method.as_str(), &uri, &reply);
        reply
    }

    /// Sends the request and returns the response with its body unread.
    pub(crate) async fn response(self) -> ServiceResponse {
        let mut request = test::TestRequest::default().method(self.method).uri(&self.uri);
        for (name, value) in &self.headers {
            request = request.append_header((name.as_str(), value.as_str()));
        }
        if let Some(peer) = self.peer {
            request = request.peer_addr(peer);
        }
        if let Some(body) = self.body {
            request = request.set_payload(body);
        }
        (self.service)(request.to_request()).await
    }
}

/// A response with its body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The value of a header, which must occur at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name);
        let value = values.next()?.to_str().unwrap();
        assert!(values.next().is_none(), "{name} occurs twice");
        Some(value)
    }

    /// Asserts status and body together, so that a failure shows both.
    #[track_caller]
    pub(crate) fn assert(&self, status: u16, body: &Value) {
        assert_eq!((self.status.as_u16(), &self.json()), (status, body));
    }

    /// The body as JSON, if the status is as expected.
    #[track_caller]
    pub(crate) fn body_of(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.json()
    }

    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.body_of(200)["results"].as_array().unwrap().clone()
    }

    /// A member of each row of a page.
    #[track_caller]
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        let rows = self.rows().into_iter();
        rows.map(|row| row[name].as_str().unwrap().to_owned()).collect()
    }

    /// The path and query of a link on a page.
    pub(crate) fn link(&self, name: &str) -> Option<String> {
        let link = self.json()[name].as_str()?.to_owned();
        Some(link.strip_prefix("http://localhost:8080").unwrap().to_owned())
    }

    /// The names in the header of ignored fields.
    pub(crate) fn ignored(&self) -> Option<&str> {
        self.header("x-ignored-fields")
    }
}
