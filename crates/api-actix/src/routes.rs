//! The route table: every route of the service with its handler. Registration, the gate and the OpenAPI document read
//! this table.

use std::future::ready;

use actix_web::http::Method;
use users_domain::model::{Caller, Operation};

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::service::{docs_page, health};
use crate::endpoints::users::legal_hold;
use crate::endpoints::{audit, deleted_users, internal, keys, users, webhooks};
use crate::http::handler::HandlerFuture;
use crate::http::route::Route;

/// A route and its handler.
pub(crate) struct Endpoint {
    pub(crate) route: Route,
    pub(crate) handler: Handler,
}

/// The handler of a route.
pub(crate) enum Handler {
    /// Of a route that needs no key.
    Public(fn(RequestContext) -> HandlerFuture),
    /// Of a route for keys whose kind allows the operation.
    Authorized(fn(RequestContext, Caller) -> HandlerFuture),
}

const fn public(route: Route, handler: fn(RequestContext) -> HandlerFuture) -> Endpoint {
    Endpoint {
        route,
        handler: Handler::Public(handler),
    }
}

const fn authorized(
    route: Route,
    handler: fn(RequestContext, Caller) -> HandlerFuture,
) -> Endpoint {
    Endpoint {
        route,
        handler: Handler::Authorized(handler),
    }
}

/// Every route of the service.
pub fn routes() -> impl Iterator<Item = &'static Route> + Clone {
    ENDPOINTS.iter().map(|endpoint| &endpoint.route)
}

/// Fixed path segments come before the parameter that would match them.
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    public(Route::public(Method::GET, "/"), |_| {
        Box::pin(ready(Ok(docs_page::from_the_root())))
    }),
    public(Route::public(Method::GET, "/healthz").for_probes(), |_| {
        Box::pin(ready(Ok(health::healthz())))
    }),
    public(
        Route::public(Method::GET, "/readyz").for_probes(),
        |context| Box::pin(health::readyz(context)),
    ),
    public(Route::public(Method::GET, "/openapi.json"), |context| {
        Box::pin(docs_page::document(context))
    }),
    public(Route::public(Method::GET, "/docs/"), |context| {
        Box::pin(ready(Ok(docs_page::page(&context))))
    }),
    public(Route::public(Method::GET, "/docs/{asset}"), |context| {
        Box::pin(docs_page::asset(context))
    }),
    authorized(
        Route::authorized(Operation::ListUsers, Method::GET, "/v3/users/").with_pages(),
        |context, caller| Box::pin(users::list(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::CreateUser, Method::POST, "/v3/users/create/"),
        |context, caller| Box::pin(users::create(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::DeleteUsers, Method::POST, "/v3/users/delete/"),
        |context, caller| Box::pin(users::delete(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ListDeletedUsers,
            Method::GET,
            "/v3/users/deleted/",
        )
        .with_pages(),
        |context, caller| Box::pin(deleted_users::list(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::RestoreUsers, Method::POST, "/v3/users/restore/"),
        |context, caller| Box::pin(deleted_users::restore(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::GetUser, Method::GET, "/v3/users/{vendor_data}/"),
        |context, caller| Box::pin(users::get(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::UpdateUser,
            Method::PATCH,
            "/v3/users/{vendor_data}/",
        ),
        |context, caller| Box::pin(users::update(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::UpdateStatus,
            Method::PATCH,
            "/v3/users/{vendor_data}/update-status/",
        ),
        |context, caller| Box::pin(users::update_status(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageLegalHolds,
            Method::GET,
            "/v3/users/{vendor_data}/legal-hold/",
        ),
        |context, caller| Box::pin(legal_hold::get(context, caller, legal_hold::by_name)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageLegalHolds,
            Method::PUT,
            "/v3/users/{vendor_data}/legal-hold/",
        ),
        |context, caller| Box::pin(legal_hold::set(context, caller, legal_hold::by_name)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageLegalHolds,
            Method::DELETE,
            "/v3/users/{vendor_data}/legal-hold/",
        ),
        |context, caller| Box::pin(legal_hold::lift(context, caller, legal_hold::by_name)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageLegalHolds,
            Method::GET,
            "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        ),
        |context, caller| Box::pin(legal_hold::get(context, caller, legal_hold::by_id)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageLegalHolds,
            Method::PUT,
            "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        ),
        |context, caller| Box::pin(legal_hold::set(context, caller, legal_hold::by_id)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageLegalHolds,
            Method::DELETE,
            "/v3/users/by-id/{didit_internal_id}/legal-hold/",
        ),
        |context, caller| Box::pin(legal_hold::lift(context, caller, legal_hold::by_id)),
    ),
    authorized(
        Route::authorized(
            Operation::GetUser,
            Method::GET,
            "/v3/users/{vendor_data}/activity/",
        )
        .with_pages(),
        |context, caller| Box::pin(audit::activity(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::ReadAuditLog, Method::GET, "/v3/audit-log/").with_pages(),
        |context, caller| Box::pin(audit::log(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReadDestinations,
            Method::GET,
            "/v3/webhook/destinations/",
        ),
        |context, caller| Box::pin(webhooks::list(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageDestinations,
            Method::POST,
            "/v3/webhook/destinations/",
        ),
        |context, caller| Box::pin(webhooks::create(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReadDestinations,
            Method::GET,
            "/v3/webhook/destinations/{uuid}/",
        ),
        |context, caller| Box::pin(webhooks::get(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageDestinations,
            Method::PATCH,
            "/v3/webhook/destinations/{uuid}/",
        ),
        |context, caller| Box::pin(webhooks::update(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageDestinations,
            Method::DELETE,
            "/v3/webhook/destinations/{uuid}/",
        ),
        |context, caller| Box::pin(webhooks::delete(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageDestinations,
            Method::POST,
            "/v3/webhook/destinations/{uuid}/rotate-secret/",
        ),
        |context, caller| Box::pin(webhooks::rotate_secret(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageDestinations,
            Method::POST,
            "/v3/webhook/destinations/{uuid}/test/",
        ),
        |context, caller| Box::pin(webhooks::test_event(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReadDestinations,
            Method::GET,
            "/v3/webhook/destinations/{uuid}/deliveries/",
        )
        .with_pages(),
        |context, caller| Box::pin(webhooks::deliveries(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReadDestinations,
            Method::GET,
            "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/",
        ),
        |context, caller| Box::pin(webhooks::delivery(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageDestinations,
            Method::POST,
            "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/resend/",
        ),
        |context, caller| Box::pin(webhooks::resend(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageDestinations,
            Method::POST,
            "/v3/webhook/destinations/{uuid}/recover/",
        ),
        |context, caller| Box::pin(webhooks::recover(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReadDestinations,
            Method::GET,
            "/v3/webhook/destinations/{uuid}/recover/{recovery_uuid}/",
        ),
        |context, caller| Box::pin(webhooks::recovery(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::ReadKeys, Method::GET, "/v3/api-keys/").with_pages(),
        |context, caller| Box::pin(keys::list(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::ManageKeys, Method::POST, "/v3/api-keys/"),
        |context, caller| Box::pin(keys::create(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::ReadKeys, Method::GET, "/v3/api-keys/{uuid}/"),
        |context, caller| Box::pin(keys::get(context, caller)),
    ),
    authorized(
        Route::authorized(Operation::ManageKeys, Method::PATCH, "/v3/api-keys/{uuid}/"),
        |context, caller| Box::pin(keys::update(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageKeys,
            Method::DELETE,
            "/v3/api-keys/{uuid}/",
        ),
        |context, caller| Box::pin(keys::revoke(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ManageKeys,
            Method::POST,
            "/v3/api-keys/{uuid}/rotate/",
        ),
        |context, caller| Box::pin(keys::rotate(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReportSessions,
            Method::POST,
            "/internal/v1/session-events/",
        ),
        |context, caller| Box::pin(internal::session_events(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReportTransactions,
            Method::POST,
            "/internal/v1/transaction-events/",
        ),
        |context, caller| Box::pin(internal::transaction_events(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReportRisks,
            Method::POST,
            "/internal/v1/risk-events/",
        ),
        |context, caller| Box::pin(internal::risk_events(context, caller)),
    ),
    authorized(
        Route::authorized(
            Operation::ReadEnforcement,
            Method::GET,
            "/internal/v1/enforcement/{vendor_data}/",
        ),
        |context, caller| Box::pin(internal::enforcement(context, caller)),
    ),
];

#[cfg(test)]
mod tests;
