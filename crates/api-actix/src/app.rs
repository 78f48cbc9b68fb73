//! Builds the actix application: the gate in front of the route table.

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpRequest, HttpResponse, guard, web};

use crate::endpoints::state::AppState;
use crate::http::error::ApiError;
use crate::http::forwarding;
use crate::http::gate::gate;
use crate::http::request_context::answer;
use crate::routes::{ROUTES, Route, forms, paths};

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
        .app_data(state.readers.clone())
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
        for route in ROUTES.iter().filter(|route| route.path == path) {
            resource = resource.route(actix_route(route, state.clone()));
        }
        config.service(resource);
    }
}

fn actix_route(route: &'static Route, state: web::Data<AppState>) -> actix_web::Route {
    web::route()
        .guard(guard::fn_guard(|request| {
            route.answers(&request.head().method)
        }))
        .to(move |request: HttpRequest, payload: web::Payload| {
            answer(route, state.clone(), request, payload)
        })
}

async fn not_found() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound)
}
