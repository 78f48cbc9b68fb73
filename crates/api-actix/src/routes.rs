//! The route table: every path and method, the required operation and the handler. Registration, the gate and the
//! OpenAPI document read this table, so every route of the service is in it.

mod select;

use std::future::ready;

use actix_web::http::Method;
use users_domain::model::{Caller, Operation};

pub(crate) use select::{Selection, forms, paths, select};

use crate::endpoints::service::{docs_page, document, health};
use crate::endpoints::users::legal_hold;
use crate::endpoints::{audit, deleted_users, internal, keys, users, webhooks};
use crate::http::request_context::{HandlerFuture, RequestContext};

/// One method of one path.
pub struct Route {
    /// The method; GET includes HEAD.
    pub method: Method,
    /// The canonical path pattern. The same path without or with the trailing slash is served as well.
    pub path: &'static str,
    pub(crate) endpoint: Endpoint,
}

/// Access rule and handler of a route.
pub(crate) enum Endpoint {
    /// No key is needed.
    Public(fn(RequestContext) -> HandlerFuture),
    /// Keys whose kind allows the operation.
    Authorized(Operation, fn(RequestContext, Caller) -> HandlerFuture),
}

impl Route {
    const fn public(
        method: Method,
        path: &'static str,
        handler: fn(RequestContext) -> HandlerFuture,
    ) -> Self {
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
        handler: fn(RequestContext, Caller) -> HandlerFuture,
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

    /// Whether unknown parameters and members are errors. This applies to operations that delete or restore data: a
    /// misspelled field must not widen their effect.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.method == Method::DELETE
            || self
                .operation()
                .is_some_and(Operation::destroys_or_restores)
    }

    /// Whether the route is a probe of load balancers and orchestrators.
    pub(crate) fn is_probe(&self) -> bool {
        ["/healthz", "/readyz"].contains(&self.path)
    }

    /// Whether an `Idempotency-Key` has an effect.
    pub(crate) fn is_carried_out_once(&self) -> bool {
        self.operation().is_some_and(Operation::is_carried_out_once)
    }

    /// Whether this route serves requests with this method.
    pub(crate) fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
    }
}

/// Fixed path segments come before the parameter that would match them.
pub static ROUTES: &[Route] = &[
    Route::public(Method::GET, "/", |_| {
        Box::pin(ready(Ok(docs_page::from_the_root())))
    }),
    Route::public(Method::GET, "/healthz", |_| {
        Box::pin(ready(Ok(health::healthz())))
    }),
    Route::public(Method::GET, "/readyz", |context| {
        Box::pin(health::readyz(context))
    }),
    Route::public(Method::GET, "/openapi.json", |context| {
        Box::pin(document::document(context))
    }),
    Route::public(Method::GET, "/docs/", |context| {
        Box::pin(ready(Ok(docs_page::page(&context))))
    }),
    Route::public(Method::GET, "/docs/{asset}", |context| {
        Box::pin(docs_page::asset(context))
    }),
    Route::authorized(
        Operation::ListUsers,
        Method::GET,
        "/v3/users/",
        |context, caller| Box::pin(users::list(context, caller)),
    ),
    Route::authorized(
        Operation::CreateUser,
        Method::POST,
        "/v3/users/create/",
        |context, caller| Box::pin(users::create(context, caller)),
    ),
    Route::authorized(
        Operation::DeleteUsers,
        Method::POST,
        "/v3/users/delete/",
        |context, caller| Box::pin(users::delete(context, caller)),
    ),
    Route::authorized(
        Operation::ListDeletedUsers,
        Method::GET,
        "/v3/users/deleted/",
        |context, caller| Box::pin(deleted_users::list(context, caller)),
    ),
    Route::authorized(
        Operation::RestoreUsers,
        Method::POST,
        "/v3/users/restore/",
        |context, caller| Box::pin(deleted_users::restore(context, caller)),
    ),
    Route::authorized(
        Operation::GetUser,
        Method::GET,
        "/v3/users/{vendor_data}/",
        |context, caller| Box::pin(users::get(context, caller)),
    ),
    Route::authorized(
        Operation::UpdateUser,
        Method::PATCH,
        "/v3/users/{vendor_data}/",
        |context, caller| Box::pin(users::update(context, caller)),
    ),
    Route::authorized(
        Operation::UpdateStatus,
        Method::PATCH,
        "/v3/users/{vendor_data}/update-status/",
        |context, caller| Box::pin(users::update_status(context, caller)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::GET,
        "/v3/users/{vendor_data}/legal-hold/",
        |context, caller| Box::pin(legal_hold::get(context, caller, legal_hold::by_name)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::PUT,
        "/v3/users/{vendor_data}/legal-hold/",
        |context, caller| Box::pin(legal_hold::set(context, caller, legal_hold::by_name)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::DELETE,
        "/v3/users/{vendor_data}/legal-hold/",
        |context, caller| Box::pin(legal_hold::lift(context, caller, legal_hold::by_name)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::GET,
        "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        |context, caller| Box::pin(legal_hold::get(context, caller, legal_hold::by_id)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::PUT,
        "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        |context, caller| Box::pin(legal_hold::set(context, caller, legal_hold::by_id)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::DELETE,
        "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        |context, caller| Box::pin(legal_hold::lift(context, caller, legal_hold::by_id)),
    ),
    Route::authorized(
        Operation::GetUser,
        Method::GET,
        "/v3/users/{vendor_data}/activity/",
        |context, caller| Box::pin(audit::activity(context, caller)),
    ),
    Route::authorized(
        Operation::ReadAuditLog,
        Method::GET,
        "/v3/audit-log/",
        |context, caller| Box::pin(audit::log(context, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/",
        |context, caller| Box::pin(webhooks::list(context, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/",
        |context, caller| Box::pin(webhooks::create(context, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/",
        |context, caller| Box::pin(webhooks::get(context, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::PATCH,
        "/v3/webhook/destinations/{uuid}/",
        |context, caller| Box::pin(webhooks::update(context, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::DELETE,
        "/v3/webhook/destinations/{uuid}/",
        |context, caller| Box::pin(webhooks::delete(context, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/rotate-secret/",
        |context, caller| Box::pin(webhooks::rotate_secret(context, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/test/",
        |context, caller| Box::pin(webhooks::test_event(context, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/deliveries/",
        |context, caller| Box::pin(webhooks::deliveries(context, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/",
        |context, caller| Box::pin(webhooks::delivery(context, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/resend/",
        |context, caller| Box::pin(webhooks::resend(context, caller)),
    ),
    Route::authorized(
        Operation::ManageDestinations,
        Method::POST,
        "/v3/webhook/destinations/{uuid}/recover/",
        |context, caller| Box::pin(webhooks::recover(context, caller)),
    ),
    Route::authorized(
        Operation::ReadDestinations,
        Method::GET,
        "/v3/webhook/destinations/{uuid}/recover/{recovery_uuid}/",
        |context, caller| Box::pin(webhooks::recovery(context, caller)),
    ),
    Route::authorized(
        Operation::ReadKeys,
        Method::GET,
        "/v3/api-keys/",
        |context, caller| Box::pin(keys::list(context, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::POST,
        "/v3/api-keys/",
        |context, caller| Box::pin(keys::create(context, caller)),
    ),
    Route::authorized(
        Operation::ReadKeys,
        Method::GET,
        "/v3/api-keys/{uuid}/",
        |context, caller| Box::pin(keys::get(context, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::PATCH,
        "/v3/api-keys/{uuid}/",
        |context, caller| Box::pin(keys::update(context, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::DELETE,
        "/v3/api-keys/{uuid}/",
        |context, caller| Box::pin(keys::revoke(context, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::POST,
        "/v3/api-keys/{uuid}/rotate/",
        |context, caller| Box::pin(keys::rotate(context, caller)),
    ),
    Route::authorized(
        Operation::ReportSessions,
        Method::POST,
        "/internal/v1/session-events/",
        |context, caller| Box::pin(internal::session_events(context, caller)),
    ),
    Route::authorized(
        Operation::ReportTransactions,
        Method::POST,
        "/internal/v1/transaction-events/",
        |context, caller| Box::pin(internal::transaction_events(context, caller)),
    ),
    Route::authorized(
        Operation::ReportRisks,
        Method::POST,
        "/internal/v1/risk-events/",
        |context, caller| Box::pin(internal::risk_events(context, caller)),
    ),
    Route::authorized(
        Operation::ReadEnforcement,
        Method::GET,
        "/internal/v1/enforcement/{vendor_data}/",
        |context, caller| Box::pin(internal::enforcement(context, caller)),
    ),
];

#[cfg(test)]
mod tests;
