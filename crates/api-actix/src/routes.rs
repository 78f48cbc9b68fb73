//! The route table: every path, its methods, who may call it and what answers. Everything is registered, guarded and
//! documented from here, so a route that is not in the table does not exist.

mod select;

use std::future::ready;

use actix_web::http::Method;
use users_domain::model::{Caller, Operation};

pub(crate) use select::{Selection, forms, paths, select};

use crate::exchange::{Answer, Exchange};
use crate::users::legal_hold;
use crate::{audit, docs_page, health, internal, keys, list, openapi, users, webhooks};

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

    /// Whether what it does not know is refused, and not ignored: a word that was not understood must not make a call
    /// destroy or bring back more than was meant.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.method == Method::DELETE
            || self
                .operation()
                .is_some_and(Operation::destroys_or_restores)
    }

    /// Whether load balancers and orchestrators ask it all the time.
    pub(crate) fn is_probe(&self) -> bool {
        ["/healthz", "/readyz"].contains(&self.path)
    }

    /// Whether an `Idempotency-Key` has an effect.
    pub(crate) fn is_carried_out_once(&self) -> bool {
        self.operation().is_some_and(Operation::is_carried_out_once)
    }

    /// Whether this route answers a request of this method.
    pub(crate) fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
    }
}

/// Fixed words stand before the parameter that would take them.
pub static ROUTES: &[Route] = &[
    Route::public(Method::GET, "/", |_| {
        Box::pin(ready(Ok(docs_page::from_the_root())))
    }),
    Route::public(Method::GET, "/healthz", |_| {
        Box::pin(ready(Ok(health::healthz())))
    }),
    Route::public(Method::GET, "/readyz", |exchange| {
        Box::pin(health::readyz(exchange))
    }),
    Route::public(Method::GET, "/openapi.json", |exchange| {
        Box::pin(openapi::document(exchange))
    }),
    Route::public(Method::GET, "/docs/", |exchange| {
        Box::pin(ready(Ok(docs_page::page(&exchange))))
    }),
    Route::public(Method::GET, "/docs/{asset}", |exchange| {
        Box::pin(docs_page::asset(exchange))
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
        Operation::ListDeletedUsers,
        Method::GET,
        "/v3/users/deleted/",
        |exchange, caller| Box::pin(users::deleted::deleted(exchange, caller)),
    ),
    Route::authorized(
        Operation::RestoreUsers,
        Method::POST,
        "/v3/users/restore/",
        |exchange, caller| Box::pin(users::restore(exchange, caller)),
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
        Operation::ManageLegalHolds,
        Method::GET,
        "/v3/users/{vendor_data}/legal-hold/",
        |exchange, caller| Box::pin(legal_hold::get(exchange, caller, legal_hold::by_name)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::PUT,
        "/v3/users/{vendor_data}/legal-hold/",
        |exchange, caller| Box::pin(legal_hold::set(exchange, caller, legal_hold::by_name)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::DELETE,
        "/v3/users/{vendor_data}/legal-hold/",
        |exchange, caller| Box::pin(legal_hold::lift(exchange, caller, legal_hold::by_name)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::GET,
        "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        |exchange, caller| Box::pin(legal_hold::get(exchange, caller, legal_hold::by_id)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::PUT,
        "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        |exchange, caller| Box::pin(legal_hold::set(exchange, caller, legal_hold::by_id)),
    ),
    Route::authorized(
        Operation::ManageLegalHolds,
        Method::DELETE,
        "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        |exchange, caller| Box::pin(legal_hold::lift(exchange, caller, legal_hold::by_id)),
    ),
    Route::authorized(
        Operation::GetUser,
        Method::GET,
        "/v3/users/{vendor_data}/activity/",
        |exchange, caller| Box::pin(audit::activity(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadAuditLog,
        Method::GET,
        "/v3/audit-log/",
        |exchange, caller| Box::pin(audit::log(exchange, caller)),
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
        Operation::ReadKeys,
        Method::GET,
        "/v3/api-keys/",
        |exchange, caller| Box::pin(keys::list(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::POST,
        "/v3/api-keys/",
        |exchange, caller| Box::pin(keys::create(exchange, caller)),
    ),
    Route::authorized(
        Operation::ReadKeys,
        Method::GET,
        "/v3/api-keys/{uuid}/",
        |exchange, caller| Box::pin(keys::get(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::PATCH,
        "/v3/api-keys/{uuid}/",
        |exchange, caller| Box::pin(keys::update(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::DELETE,
        "/v3/api-keys/{uuid}/",
        |exchange, caller| Box::pin(keys::revoke(exchange, caller)),
    ),
    Route::authorized(
        Operation::ManageKeys,
        Method::POST,
        "/v3/api-keys/{uuid}/rotate/",
        |exchange, caller| Box::pin(keys::rotate(exchange, caller)),
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

#[cfg(test)]
mod tests;
