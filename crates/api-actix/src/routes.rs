//! The route table: every route of the service with its handler and its description. Registration, the gate and the
//! OpenAPI document read this table.

use actix_web::http::Method;
use users_domain::model::{Caller, Operation};

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::legal_hold;
use crate::endpoints::{audit, deleted_users, internal, keys, service, users, webhooks};
use crate::http::handler::HandlerFuture;
use crate::http::route::Route;
use crate::openapi::operation::Description;

/// A route, its handler and its description.
pub(crate) struct Endpoint {
    pub(crate) route: Route,
    pub(crate) handler: Handler,
    pub(crate) describe: fn() -> Description,
}

pub(crate) enum Handler {
    Public(fn(RequestContext) -> HandlerFuture),
    /// Of a route for keys whose kind allows the operation.
    Authorized(fn(RequestContext, Caller) -> HandlerFuture),
}

/// Every route of the service.
pub fn routes() -> impl Iterator<Item = &'static Route> + Clone {
    ENDPOINTS.iter().map(|endpoint| &endpoint.route)
}

/// A row has the method, the path, the operation that a key must allow, the handler, whose description has the same name
/// in `openapi` beside it, and a rule of [`Route`].
macro_rules! endpoints {
    ($($method:ident $path:literal $([$operation:ident])? => $noun:ident::$name:ident $(, $rule:ident)?;)+) => {
        &[$(Endpoint {
            route: endpoints!(@route $method $path $($operation)?)$(.$rule())?,
            handler: endpoints!(@handler $noun::$name $(, $operation)?),
            describe: $noun::openapi::$name,
        },)+]
    };
    (@route $method:ident $path:literal) => { Route::public(Method::$method, $path) };
    (@route $method:ident $path:literal $operation:ident) => {
        Route::authorized(Operation::$operation, Method::$method, $path)
    };
    (@handler $handler:path) => { Handler::Public(|context| Box::pin($handler(context))) };
    (@handler $handler:path, $operation:ident) => {
        Handler::Authorized(|context, caller| Box::pin($handler(context, caller)))
    };
}

/// Fixed path segments come before the parameter that would match them.
pub(crate) static ENDPOINTS: &[Endpoint] = endpoints! {
    GET "/" => service::root;
    GET "/healthz" => service::healthz, for_probes;
    GET "/readyz" => service::readyz, for_probes;
    GET "/openapi.json" => service::document;
    GET "/docs/" => service::page;
    GET "/docs/{asset}" => service::asset;
    GET "/v3/users/" [ListUsers] => users::list, with_pages;
    POST "/v3/users/create/" [CreateUser] => users::create;
    POST "/v3/users/delete/" [DeleteUsers] => users::delete;
    GET "/v3/users/deleted/" [ListDeletedUsers] => deleted_users::list, with_pages;
    POST "/v3/users/restore/" [RestoreUsers] => deleted_users::restore;
    GET "/v3/users/{vendor_data}/" [GetUser] => users::get;
    PATCH "/v3/users/{vendor_data}/" [UpdateUser] => users::update;
    PATCH "/v3/users/{vendor_data}/update-status/" [UpdateStatus] => users::update_status;
    GET "/v3/users/{vendor_data}/legal-hold/" [ManageLegalHolds] => legal_hold::get;
    PUT "/v3/users/{vendor_data}/legal-hold/" [ManageLegalHolds] => legal_hold::set;
    DELETE "/v3/users/{vendor_data}/legal-hold/" [ManageLegalHolds] => legal_hold::lift;
    GET "/v3/users/by-id/{didit_internal_id}/legal-hold/" [ManageLegalHolds] => legal_hold::get_by_id;
    PUT "/v3/users/by-id/{didit_internal_id}/legal-hold/" [ManageLegalHolds] => legal_hold::set_by_id;
    DELETE "/v3/users/by-id/{didit_internal_id}/legal-hold/" [ManageLegalHolds] => legal_hold::lift_by_id;
    GET "/v3/users/{vendor_data}/activity/" [GetUser] => audit::activity, with_pages;
    GET "/v3/audit-log/" [ReadAuditLog] => audit::log, with_pages;
    GET "/v3/webhook/destinations/" [ReadDestinations] => webhooks::list;
    POST "/v3/webhook/destinations/" [ManageDestinations] => webhooks::create;
    GET "/v3/webhook/destinations/{uuid}/" [ReadDestinations] => webhooks::get;
    PATCH "/v3/webhook/destinations/{uuid}/" [ManageDestinations] => webhooks::update;
    DELETE "/v3/webhook/destinations/{uuid}/" [ManageDestinations] => webhooks::delete;
    POST "/v3/webhook/destinations/{uuid}/rotate-secret/" [ManageDestinations] => webhooks::rotate_secret;
    POST "/v3/webhook/destinations/{uuid}/test/" [ManageDestinations] => webhooks::test_event;
    GET "/v3/webhook/destinations/{uuid}/deliveries/" [ReadDestinations] => webhooks::deliveries, with_pages;
    GET "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/" [ReadDestinations] => webhooks::delivery;
    POST "/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/resend/" [ManageDestinations] => webhooks::resend;
    POST "/v3/webhook/destinations/{uuid}/recover/" [ManageDestinations] => webhooks::recover;
    GET "/v3/webhook/destinations/{uuid}/recover/{recovery_uuid}/" [ReadDestinations] => webhooks::recovery;
    GET "/v3/api-keys/" [ReadKeys] => keys::list, with_pages;
    POST "/v3/api-keys/" [ManageKeys] => keys::create;
    GET "/v3/api-keys/{uuid}/" [ReadKeys] => keys::get;
    PATCH "/v3/api-keys/{uuid}/" [ManageKeys] => keys::update;
    DELETE "/v3/api-keys/{uuid}/" [ManageKeys] => keys::revoke;
    POST "/v3/api-keys/{uuid}/rotate/" [ManageKeys] => keys::rotate;
    POST "/internal/v1/session-events/" [ReportSessions] => internal::session_events;
    POST "/internal/v1/transaction-events/" [ReportTransactions] => internal::transaction_events;
    POST "/internal/v1/risk-events/" [ReportRisks] => internal::risk_events;
    GET "/internal/v1/enforcement/{vendor_data}/" [ReadEnforcement] => internal::enforcement;
};

#[cfg(test)]
mod tests;
