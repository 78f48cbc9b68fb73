//! Builds the actix application: the gate in front of the route table.

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpRequest, guard, web};

use crate::document::text_below;
use crate::endpoints::request_context::RequestContext;
use crate::endpoints::service::Compose;
use crate::endpoints::state::AppState;
use crate::http::error::ApiError;
use crate::http::forwarding;
use crate::http::gate::gate;
use crate::http::handler::{HandlerResult, admitted, until};
use crate::http::route::{RouteTable, forms};
use crate::routes::{ENDPOINTS, Endpoint, Handler, routes};

/// The whole API on `state`, for `HttpServer` or a test.
pub fn app(
    state: web::Data<AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let proxy_headers = state.settings.proxy_headers;
    App::new()
        .app_data(state.clone())
        .app_data(state.gate.clone())
        .app_data(state.readers.clone())
        .app_data(Compose(text_below))
        .app_data(web::Data::new(RouteTable::new(routes())))
        .configure(move |config| register(config, &state))
        .default_service(web::to(not_found))
        .wrap(from_fn(gate))
        .wrap_fn(move |mut request, service| {
            forwarding::remove_unwritten(request.headers_mut(), proxy_headers);
            service.call(request)
        })
}

fn register(config: &mut web::ServiceConfig, state: &web::Data<AppState>) {
    for path in paths() {
        let mut resource = web::resource(forms(path));
        for endpoint in ENDPOINTS.iter().filter(|found| found.route.path == path) {
            resource = resource.route(actix_route(endpoint, state.clone()));
        }
        config.service(resource);
    }
}

fn actix_route(endpoint: &'static Endpoint, state: web::Data<AppState>) -> actix_web::Route {
    web::route()
        .guard(guard::fn_guard(|request| endpoint.route.answers(&request.head().method)))
        .to(move |request: HttpRequest, payload: web::Payload| {
            answer(endpoint, state.clone(), request, payload)
        })
}

/// Runs the handler of a request that the gate has admitted.
async fn answer(
    endpoint: &'static Endpoint,
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> HandlerResult {
    let admission = admitted(&endpoint.route, &request)?;
    let context = RequestContext { state, request, payload };
    let answer = match (&endpoint.handler, admission.caller) {
        (Handler::Public(handler), _) => handler(context),
        (Handler::Authorized(handler), Some(caller)) => handler(context, caller),
        (Handler::Authorized(_), None) => return Err(ApiError::NotAuthenticated),
    };
    until(admission.deadline, answer).await
}

fn paths() -> Vec<&'static str> {
    let mut paths = Vec::new();
    for route in routes() {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

async fn not_found() -> HandlerResult {
    Err(ApiError::NotFound)
}
