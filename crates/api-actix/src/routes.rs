//! The route table: every path, its methods, who may call it and what answers. Everything is registered, guarded and
//! documented from here, so a route that is not in the table does not exist.

use std::future::ready;

use actix_web::http::Method;
use users_domain::model::{Caller, Operation};

use crate::error::ApiError;
use crate::exchange::{Answer, Exchange};
use crate::{docs_page, health, internal, list, openapi, users, webhooks};

/// One method of one path.
pub struct Route {
    /// The method; GET stands for HEAD as well.
    pub method: Method,
    /// The pattern of the path in its main form. The form with or without the slash at the end is served as well.
    pub path: &'static str,
    pub(crate) endpoint: Endpoint,
}

/// Who may call, and what answers.
pub(crate) enum Endpoint {
    /// Anybody.
    Public(fn(Exchange) -> Answer),
    /// Keys whose kind allows the operation.
    Authorized(Operation, fn(Exchange, Caller) -> Answer),
}

impl Route {
    const fn public(method: Method, path: &'static str, handler: fn(Exchange) -> Answer) -> Self {
        Self {
            method,
            path,
            endpoint: Endpoint::Public(handler),
        }
    }

    const fn authorized(
        operation: Operation,
        method: Method,
        path: &'static str,
        handler: fn(Exchange, Caller) -> Answer,
    ) -> Self {
        Self {
            method,
            path,
            endpoint: Endpoint::Authorized(operation, handler),
        }
    }

    /// The operation that a key must allow; `None` where no key is needed.
    #[must_use]
    pub const fn operation(&self) -> Option<Operation> {
        match self.endpoint {
            Endpoint::Public(_) => None,
            Endpoint::Authorized(operation, _) => Some(operation),
        }
    }

    /// Whether this route answers a request of this method.
    pub(crate) fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
    }
}

/// Fixed words stand before the parameter that would take them.
pub static ROUTES: &[Route] = &[
    Route::public(Method::GET, "/healthz", |_| {
        Box::pin(ready(Ok(health::healthz())))
    }),
    Route::public(Method::GET, "/readyz", |exchange| {
        Box::pin(health::readyz(exchange))
    }),
    Route::public(Method::GET, "/openapi.json", |_| {
        Box::pin(ready(Ok(openapi::document())))
    }),
    Route::public(Method::GET, "/docs/", |_| {
        Box::pin(ready(Ok(docs_page::page())))
    }),
    Route::public(Method::GET, "/docs/{asset}", |exchange| {
        Box::pin(ready(docs_page::asset(&exchange.request)))
    }),
    Route::authorized(
        Operation::ListUsers,
        Method::GET,
        "/v3/users/",
        |exchange, caller| Box::pin(list::list(exchange, caller)),
    ),
    Route::authorized(
        Operation::CreateUser,
        Method::POST,
        "/v3/users/create/",
        |exchange, caller| Box::pin(users::create(exchange, caller)),
    ),
    Route::authorized(
        Operation::DeleteUsers,
        Method::POST,
        "/v3/users/delete/",
        |exchange, caller| Box::pin(users::delete(exchange, caller)),
    ),
    Route::authorized(
        Operation::GetUser,
        Method::GET,
        "/v3/users/{vendor_data}/",
        |exchange, caller| Box::pin(users::get(exchange, caller)),
    ),
    Route::authorized(
        Operation::UpdateUser,
        Method::PATCH,
        "/v3/users/{vendor_data}/",
        |exchange, caller| Box::pin(users::update(exchange, caller)),
    ),
    Route::authorized(
        Operation::UpdateStatus,
        Method::PATCH,
        "/v3/users/{vendor_data}/update-status/",
        |exchange, caller| Box::pin(users::update_status(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/",
        |exchange, caller| Box::pin(webhooks::list(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/",
        |exchange, caller| Box::pin(webhooks::create(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/",
        |exchange, caller| Box::pin(webhooks::get(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::PATCH,
        "/v3/webhook/destinations/{uuid}/",
        |exchange, caller| Box::pin(webhooks::update(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::DELETE,
        "/v3/webhook/destinations/{uuid}/",
        |exchange, caller| Box::pin(webhooks::delete(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/rotate-secret/",
        |exchange, caller| Box::pin(webhooks::rotate_secret(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/test/",
        |exchange, caller| Box::pin(webhooks::test_event(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/deliveries/",
        |exchange, caller| Box::pin(webhooks::deliveries(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/",
        |exchange, caller| Box::pin(webhooks::delivery(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/resend/",
        |exchange, caller| Box::pin(webhooks::resend(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/recover/",
        |exchange, caller| Box::pin(webhooks::recover(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/recover/{recovery_uuid}/",
        |exchange, caller| Box::pin(webhooks::recovery(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReportSessions,
        Method::POST,
        "/internal/v1/session-events/",
        |exchange, caller| Box::pin(internal::session_events(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReportTransactions,
        Method::POST,
        "/internal/v1/transaction-events/",
        |exchange, caller| Box::pin(internal::transaction_events(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReportRisks,
        Method::POST,
        "/internal/v1/risk-events/",
        |exchange, caller| Box::pin(internal::risk_events(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadEnforcement,
        Method::GET,
        "/internal/v1/enforcement/{vendor_data}/",
        |exchange, caller| Box::pin(internal::enforcement(exchange, caller)),
    ),
];

/// The paths of the table, each once, in its order.
pub(crate) fn paths() -> Vec<&'static str> {
    let mut paths = Vec::new();
    for route in ROUTES {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

/// The main form of a path and its other one.
pub(crate) fn forms(path: &str) -> [String; 2] {
    let other = path
        .strip_suffix('/')
        .map_or_else(|| format!("{path}/"), str::to_owned);
    [path.to_owned(), other]
}

/// What the table says about a path and a method.
pub(crate) enum Selection {
    /// This route.
    Found(&'static Route),
    /// The path is there, the method is not.
    OtherMethods {
        /// Those that are.
        allowed: Vec<Method>,
        /// Whether a key is needed to learn this.
        public: bool,
    },
    /// No such path.
    Nowhere,
}

impl Selection {
    /// Whether anybody may learn what comes of this.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Found(route) => route.operation().is_none(),
            Self::OtherMethods { public, .. } => *public,
            Self::Nowhere => false,
        }
    }

    /// The route, or why there is none.
    pub(crate) fn route(self) -> Result<&'static Route, ApiError> {
        match self {
            Self::Found(route) => Ok(route),
            Self::OtherMethods { allowed, .. } => Err(ApiError::MethodNotAllowed { allowed }),
            Self::Nowhere => Err(ApiError::NotFound),
        }
    }
}

/// Looks up a pattern that the router matched.
pub(crate) fn select(pattern: Option<&str>, method: &Method) -> Selection {
    let of_path = || ROUTES.iter().filter(|route| Some(route.path) == pattern);
    if let Some(route) = of_path().find(|route| route.answers(method)) {
        return Selection::Found(route);
    }
    let mut allowed = Vec::new();
    for route in of_path() {
        allowed.push(route.method.clone());
        if route.method == Method::GET {
            allowed.push(Method::HEAD);
        }
    }
    if allowed.is_empty() {
        return Selection::Nowhere;
    }
    let public = of_path().all(|route| route.operation().is_none());
    Selection::OtherMethods { allowed, public }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_is_named_twice() {
        for (index, route) in ROUTES.iter().enumerate() {
            let twin = ROUTES
                .iter()
                .skip(index + 1)
                .find(|other| other.path == route.path && other.method == route.method);
            assert!(twin.is_none(), "{} {}", route.method, route.path);
        }
    }

    #[test]
    fn every_operation_has_a_route() {
        for operation in Operation::OF_ROLES
            .into_iter()
            .chain(Operation::OF_SERVICES)
        {
            let mut routes = ROUTES.iter();
            assert!(
                routes.any(|route| route.operation() == Some(operation)),
                "{operation:?}"
            );
        }
    }
}
