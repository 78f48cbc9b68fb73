//! The operations on destinations: what they take and what they answer.

use serde_json::{Value, json};
use users_domain::model::{Operation as Permission, Role};
use users_domain::rules::role_matrix;
use utoipa::openapi::header::Header;
use utoipa::openapi::link::{Link, LinkBuilder};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder};
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Content, ContentBuilder, PathItem, ResponseBuilder};

use super::{examples, parameters};
use crate::openapi::operations::{
    Fails as _, body, example, keyed, optional_body, success, with_body,
};
use crate::openapi::parameters::id;
use crate::openapi::responses::{Failure, header};
use crate::openapi::schema::named;
use crate::request::JSON;

const ALL: &str = "/v3/webhook/destinations/";
const READ: Permission = Permission::ReadDestinations;
const MANAGE: Permission = Permission::ManageDestinations;

/// The operations by path.
pub(in crate::openapi) fn paths() -> Vec<(String, PathItem)> {
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
        "All of them, oldest first.",
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
        .header("Location", location("Where the destination is."))
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
        "Makes a destination. Its secret is in this answer and in no other. An application has at most 50.",
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
        "One destination, and how it fares.",
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
        "Changes what is sent. The secret stays as it is. Turning a destination on sends what waited since the service \
         turned it off, or puts it aside with `skip_waiting`; what happened while a client had it turned off is never sent.",
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
        "Removes it with what waits for it and with its deliveries.",
    )
    .parameter(uuid())
    .response("204", success("It is gone.").build())
    .fails(&with_body(&[Failure::Invalid, Failure::NotFound]))
}

fn rotate_secret() -> Operation {
    webhooks(
        MANAGE,
        "rotateDestinationSecret",
        "Rotate a webhook destination's secret",
        "Makes a new secret, which is in this answer and in no other. Until the grace ends the `X-` signatures use the \
         old secret and `webhook-signature` has one signature for each; at most four secrets sign at once.",
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
        "Sends a signed test event at once, also to a destination that is disabled, and shows what the receiver said. \
         That it failed is in the answer: the status is 200 all the same.",
    )
    .parameter(uuid())
    .request_body(Some(optional_body(&[(JSON, "NoMembers", json!({}))])))
    .response("200", answer("What came of it.", "TestDelivery", examples::tested()).build())
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
        "Every attempt, newest first, as long as events are kept. By cursor pages lead from new to old; by offset both \
         ways, where new attempts shift the pages.",
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
        "One attempt.",
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
        "Sends the event of a delivery at once and once more, as it was stored, signed anew. It may overtake what waits. \
         That it failed is in the answer: the status is 200 all the same.",
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
    let started = answer("The job, as it begins.", "Recovery", examples::recovery())
        .header("Location", location("Where its progress is."))
        .link("progress", progress)
        .build();
    webhooks(
        MANAGE,
        "recoverDeliveries",
        "Recover a webhook destination's failed deliveries",
        "Starts to put back what was given up on since a time, in its order, to be tried from the first step of the \
         schedule on. It goes on whatever becomes of the process that started it.",
    )
    .parameter(uuid())
    .request_body(Some(body(&[(JSON, "Recover", examples::recover())])))
    .response("202", started)
    .fails(&with_body(&[Failure::Invalid, Failure::NotFound]))
}

fn recovery() -> Operation {
    let recovery = id("recovery_uuid", "The recovery.");
    webhooks(READ, "getRecovery", "Get a recovery", "How far it is.")
        .parameter(uuid())
        .parameter(recovery)
        .response(
            "200",
            answer("The job.", "Recovery", examples::recovery()).build(),
        )
        .fails(&[Failure::Malformed, Failure::NotFound])
}

/// The description ends with who may call.
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

/// An answer that nobody on the way may keep.
fn shown_once(description: &str, of: &str, value: Value) -> ResponseBuilder {
    answer(description, of, value).header(
        "Cache-Control",
        header("It holds a secret.", json!({ "const": "no-store" })),
    )
}
