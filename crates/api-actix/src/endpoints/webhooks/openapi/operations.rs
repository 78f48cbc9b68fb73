//! The operations on webhook destinations.

use serde_json::{Value, json};
use users_domain::model::{Operation as Permission, Role};
use users_domain::rules::role_matrix;
use utoipa::openapi::header::Header;
use utoipa::openapi::link::{Link, LinkBuilder};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder};
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Content, ContentBuilder, PathItem, ResponseBuilder};

use super::{examples, parameters};
use crate::http::request::JSON;
use crate::openapi::operations::{
    Fails as _, body, example, keyed, optional_body, success, with_body,
};
use crate::openapi::parameters::id;
use crate::openapi::responses::{Failure, header};
use crate::openapi::schema::named;

const ALL: &str = "/v3/webhook/destinations/";
const READ: Permission = Permission::ReadDestinations;
const MANAGE: Permission = Permission::ManageDestinations;

pub(in crate::endpoints) fn paths() -> Vec<(String, PathItem)> {
    let post = |operation| PathItem::new(HttpMethod::Post, operation);
    let get = |operation| PathItem::new(HttpMethod::Get, operation);
    let mut all = get(list());
    all.post = Some(create());
    let mut one = get(find());
    one.patch = Some(update());
    one.delete = Some(delete());
    vec![
        ("", all),
        ("{uuid}/", one),
        ("{uuid}/rotate-secret/", post(rotate_secret())),
        ("{uuid}/test/", post(test())),
        ("{uuid}/deliveries/", get(deliveries())),
        ("{uuid}/deliveries/{delivery_uuid}/", get(delivery())),
        ("{uuid}/deliveries/{delivery_uuid}/resend/", post(resend())),
        ("{uuid}/recover/", post(recover())),
        ("{uuid}/recover/{recovery_uuid}/", get(recovery())),
    ]
    .into_iter()
    .map(|(rest, item)| (format!("{ALL}{rest}"), item))
    .collect()
}

fn list() -> Operation {
    let rows = ContentBuilder::new()
        .schema(Some(ArrayBuilder::new().items(named("DestinationRow"))))
        .example(Some(examples::rows()))
        .build();
    webhooks(
        READ,
        "listDestinations",
        "List webhook destinations",
        "Returns all destinations of the application, oldest first.",
    )
    .response(
        "200",
        success("The destinations.").content(JSON, rows).build(),
    )
    .fails(&[Failure::Malformed])
}

fn create() -> Operation {
    let created = shown_once(
        "The destination, with its secret.",
        "NewDestination",
        examples::new_destination(),
    );
    let created = created
        .header("Location", location("The path of the destination."))
        .link("get", of_destination("getDestination"))
        .link("update", of_destination("updateDestination"))
        .link("delete", of_destination("deleteDestination"))
        .link("rotateSecret", of_destination("rotateDestinationSecret"))
        .link("test", of_destination("testDestination"))
        .link("deliveries", of_destination("listDeliveries"))
        .link("recover", of_destination("recoverDeliveries"))
        .build();
    webhooks(
        MANAGE,
        "createDestination",
        "Create a webhook destination",
        "Creates a destination. Its secret is in this response and in no other. An application has at most 50 \
         destinations.",
    )
    .request_body(Some(body(&[(JSON, "CreateDestination", examples::create())])))
    .response("201", created)
    .fails(&with_body(&[Failure::Invalid, Failure::TooManyDestinations]))
}

fn find() -> Operation {
    webhooks(
        READ,
        "getDestination",
        "Get a webhook destination",
        "Returns a destination with its statistics.",
    )
    .parameter(uuid())
    .response(
        "200",
        answer("The destination.", "Destination", examples::destination()).build(),
    )
    .fails(&[Failure::Malformed, Failure::NotFound])
}

fn update() -> Operation {
    webhooks(
        MANAGE,
        "updateDestination",
        "Update a webhook destination",
        "Changes the members that are sent; the secret does not change. When a destination is enabled, deliveries that \
         have waited since the service disabled it are sent, or skipped with `skip_waiting`. Events from the time \
         during which a client had disabled it are never sent.",
    )
    .parameter(uuid())
    .request_body(Some(body(&[(JSON, "UpdateDestination", examples::update())])))
    .response("200", answer("The destination after the change.", "Destination", examples::destination()).build())
    .fails(&with_body(&[Failure::Invalid, Failure::NotFound]))
}

fn delete() -> Operation {
    webhooks(
        MANAGE,
        "deleteDestination",
        "Delete a webhook destination",
        "Deletes the destination with its waiting deliveries and its delivery log.",
    )
    .parameter(uuid())
    .response("204", success("The destination is deleted.").build())
    .fails(&with_body(&[Failure::Invalid, Failure::NotFound]))
}

fn rotate_secret() -> Operation {
    webhooks(
        MANAGE,
        "rotateDestinationSecret",
        "Rotate a webhook destination's secret",
        "Creates a new secret, which is in this response and in no other. Until the grace period ends, the `X-` \
         signatures use the old secret, and `webhook-signature` has one signature for each secret. At most four \
         secrets sign at once.",
    )
    .parameter(uuid())
    .request_body(Some(optional_body(&[(JSON, "RotateSecret", examples::rotate())])))
    .response("200", shown_once("The new secret.", "RotatedSecret", examples::rotated()).build())
    .fails(&with_body(&[Failure::Invalid, Failure::NotFound]))
}

fn test() -> Operation {
    webhooks(
        MANAGE,
        "testDestination",
        "Test a webhook destination",
        "Immediately sends a signed test event, also to a disabled destination, and returns the receiver's response. \
         If the delivery fails, the status is still 200 and the body describes the failure.",
    )
    .parameter(uuid())
    .request_body(Some(optional_body(&[(JSON, "NoMembers", json!({}))])))
    .response("200", answer("The result of the test.", "TestDelivery", examples::tested()).build())
    .fails(&with_body(&[Failure::Malformed, Failure::NotFound]))
}

fn deliveries() -> Operation {
    let next = |operation: &str| {
        LinkBuilder::new()
            .operation_id(operation)
            .parameter("uuid", "$request.path.uuid")
            .parameter("delivery_uuid", "$response.body#/results/0/uuid")
            .build()
    };
    let page = answer("A page of deliveries.", "DeliveryPage", examples::page())
        .link("get", next("getDelivery"))
        .link("resend", next("resendDelivery"))
        .build();
    webhooks(
        READ,
        "listDeliveries",
        "List a webhook destination's deliveries",
        "Returns all attempts within the retention of events, newest first. Cursors lead only from new to old; offsets \
         lead in both directions, but new attempts shift the pages.",
    )
    .parameter(uuid())
    .parameters(Some(parameters::deliveries()))
    .response("200", page)
    .fails(&[Failure::Invalid, Failure::NotFound])
}

fn delivery() -> Operation {
    webhooks(
        READ,
        "getDelivery",
        "Get a webhook delivery",
        "Returns a delivery attempt.",
    )
    .parameter(uuid())
    .parameter(delivery_uuid())
    .response(
        "200",
        answer("The attempt.", "Delivery", examples::delivery()).build(),
    )
    .fails(&[Failure::Malformed, Failure::NotFound])
}

fn resend() -> Operation {
    webhooks(
        MANAGE,
        "resendDelivery",
        "Resend a webhook delivery",
        "Immediately sends the stored event of a delivery again, with new signatures. It may overtake waiting \
         deliveries. If the delivery fails, the status is still 200 and the body describes the failure.",
    )
    .parameter(uuid())
    .parameter(delivery_uuid())
    .request_body(Some(optional_body(&[(JSON, "NoMembers", json!({}))])))
    .response("200", answer("The new attempt.", "Delivery", examples::resent()).build())
    .fails(&with_body(&[Failure::Malformed, Failure::NotFound, Failure::ResendConflict]))
}

fn recover() -> Operation {
    let progress = LinkBuilder::new()
        .operation_id("getRecovery")
        .parameter("uuid", "$request.path.uuid")
        .parameter("recovery_uuid", "$response.body#/uuid")
        .build();
    let started = answer("The started recovery.", "Recovery", examples::recovery())
        .header(
            "Location",
            location("The path of the recovery, which shows its progress."),
        )
        .link("progress", progress)
        .build();
    webhooks(
        MANAGE,
        "recoverDeliveries",
        "Recover a webhook destination's failed deliveries",
        "Starts a recovery, which queues the deliveries that finally failed since a time again, in their order and \
         from the first step of the retry schedule. The recovery continues even if the process that started it stops.",
    )
    .parameter(uuid())
    .request_body(Some(body(&[(JSON, "Recover", examples::recover())])))
    .response("202", started)
    .fails(&with_body(&[Failure::Invalid, Failure::NotFound]))
}

fn recovery() -> Operation {
    let recovery = id("recovery_uuid", "The recovery.");
    webhooks(
        READ,
        "getRecovery",
        "Get a recovery",
        "Returns the progress of a recovery.",
    )
    .parameter(uuid())
    .parameter(recovery)
    .response(
        "200",
        answer("The recovery.", "Recovery", examples::recovery()).build(),
    )
    .fails(&[Failure::Malformed, Failure::NotFound])
}

/// Appends the roles that may call the operation.
fn webhooks(
    permission: Permission,
    id: &str,
    summary: &str,
    description: &str,
) -> OperationBuilder {
    let roles = Role::ALL
        .into_iter()
        .filter(|role| role_matrix::allows(*role, permission))
        .map(Role::as_str);
    let roles = roles.collect::<Vec<_>>().join(", ");
    let description = format!("{description} Roles: {roles}.");
    keyed("Webhooks", id, summary, &description)
}

fn uuid() -> utoipa::openapi::path::Parameter {
    id("uuid", "The destination.")
}

fn delivery_uuid() -> utoipa::openapi::path::Parameter {
    id("delivery_uuid", "The attempt.")
}

fn of_destination(operation: &str) -> Link {
    LinkBuilder::new()
        .operation_id(operation)
        .parameter("uuid", "$response.body#/uuid")
        .build()
}

fn location(description: &str) -> Header {
    header(
        description,
        json!({ "type": "string", "format": "uri-reference" }),
    )
}

fn answer(description: &str, of: &str, value: Value) -> ResponseBuilder {
    let content: Content = example(of, value);
    success(description).content(JSON, content)
}

/// A response that no cache may store.
fn shown_once(description: &str, of: &str, value: Value) -> ResponseBuilder {
    answer(description, of, value).header(
        "Cache-Control",
        header(
            "The response contains a secret and must not be stored.",
            json!({ "const": "no-store" }),
        ),
    )
}
