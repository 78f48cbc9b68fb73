//! Webhook destinations and events in the OpenAPI document.

mod events;
mod examples;

pub(crate) use events::webhooks;

use serde_json::{Value, json};
use users_domain::model::webhooks::AttemptOutcome;

use super::attempt_body::{AttemptBody, RecoveryBody, TestBody};
use super::body::{DestinationBody, DestinationRowBody, NewDestinationBody, RotationBody};
use super::deliveries::MAX_CURSOR_CHARACTERS;
use super::requests;
use crate::http::page::Page;
use crate::openapi::operation::Description;
use crate::openapi::parameters::{cursor, offsets, page_sizes, query, repeatable, start};
use crate::openapi::responses::Failure;
use crate::openapi::schema::example_page;
use crate::openapi::text;

const TAG: &str = "Webhooks";

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    requests::schemas().into_iter().chain(events::schemas()).collect()
}

pub(crate) fn list() -> Description {
    let text = "Returns all destinations of the application, oldest first.";
    Description::new(TAG, "listDestinations", "List webhook destinations", text).returns::<Vec<
        DestinationRowBody<'_>,
    >>(
        "The destinations.",
        examples::rows(),
    )
}

pub(crate) fn create() -> Description {
    let text = "Creates a destination. Its secret is in this response and in no other. An application has at most 50 \
                destinations.";
    let example = json!({
        "label": "Production",
        "url": "https://example.org/webhooks/users",
        "subscribed_events": ["user.data.updated", "user.status.updated"],
    });
    let (description, created) = ("The destination, with its secret.", examples::new_destination());
    Description::new(TAG, "createDestination", "Create a webhook destination", text)
        .takes("CreateDestination", example)
        .status("201")
        .returns::<NewDestinationBody<'_>>(description, created)
        .secret()
        .location("The path of the destination.")
        .links(
            &[("uuid", "$response.body#/uuid")],
            &[
                ("get", "getDestination"),
                ("update", "updateDestination"),
                ("delete", "deleteDestination"),
                ("rotateSecret", "rotateDestinationSecret"),
                ("test", "testDestination"),
                ("deliveries", "listDeliveries"),
                ("recover", "recoverDeliveries"),
            ],
        )
        .fails([Failure::TooManyDestinations])
}

pub(crate) fn get() -> Description {
    let text = "Returns a destination with its statistics.";
    Description::new(TAG, "getDestination", "Get a webhook destination", text)
        .returns::<DestinationBody<'_>>("The destination.", examples::destination())
}

pub(crate) fn update() -> Description {
    let text = "Changes the members that are sent; the secret does not change. When a destination is enabled, \
                deliveries that have waited since the service disabled it are sent, or skipped with `skip_waiting`. \
                Events from the time during which a client had disabled it are never sent.";
    let (description, updated) = ("The destination after the change.", examples::destination());
    Description::new(TAG, "updateDestination", "Update a webhook destination", text)
        .takes("UpdateDestination", json!({ "enabled": true, "skip_waiting": true }))
        .returns::<DestinationBody<'_>>(description, updated)
}

pub(crate) fn delete() -> Description {
    let text = "Deletes the destination with its waiting deliveries and its delivery log.";
    Description::new(TAG, "deleteDestination", "Delete a webhook destination", text)
        .responds("204", "The destination is deleted.")
}

pub(crate) fn rotate_secret() -> Description {
    let summary = "Rotate a webhook destination's secret";
    let text = "Creates a new secret, which is in this response and in no other. Until the grace period ends, the `X-` \
                signatures use the old secret, and `webhook-signature` has one signature for each secret. At most four \
                secrets sign at once.";
    Description::new(TAG, "rotateDestinationSecret", summary, text)
        .may_take("RotateSecret", json!({ "grace_hours": 48 }))
        .returns::<RotationBody>("The new secret.", examples::rotated())
        .secret()
}

pub(crate) fn test_event() -> Description {
    let text = "Immediately sends a signed test event, also to a disabled destination, and returns the receiver's \
                response. If the delivery fails, the status is still 200 and the body describes the failure.";
    Description::new(TAG, "testDestination", "Test a webhook destination", text)
        .may_take("NoMembers", json!({}))
        .returns::<TestBody<'_>>("The result of the test.", examples::tested())
        .fails([Failure::Malformed])
}

pub(crate) fn deliveries() -> Description {
    let summary = "List a webhook destination's deliveries";
    let text = "Returns all attempts within the retention of events, newest first. Cursors lead only from new to old; \
                offsets lead in both directions, but new attempts shift the pages.";
    Description::new(TAG, "listDeliveries", summary, text)
        .parameters(parameters())
        .returns::<Page<AttemptBody<'_>>>(
            "A page of deliveries.",
            example_page(&examples::failed()),
        )
        .links(
            &[("uuid", "$request.path.uuid"), ("delivery_uuid", "$response.body#/results/0/uuid")],
            &[("get", "getDelivery"), ("resend", "resendDelivery")],
        )
}

fn parameters() -> Vec<Value> {
    let end = "an RFC 3339 date-time, or a date, whose day is included.";
    let [limit, page_size] = page_sizes("deliveries");
    let [offset, page] = offsets("deliveries", "cursor in `next`");
    vec![
        limit,
        page_size,
        offset,
        page,
        cursor(
            "The cursor from `next` of another page. No other parameter is needed; filters that are sent must equal \
             those of that page. It cannot be combined with `offset`.",
            MAX_CURSOR_CHARACTERS,
        ),
        start("date_from"),
        query("date_to", &format!("The exclusive end of the range: {end}"), text::given_time()),
        repeatable(
            "outcome",
            "Deliveries with any of these outcomes, which may also be separated by commas.",
            json!({
                "type": "array",
                "items": { "type": "string", "enum": AttemptOutcome::ALL.map(AttemptOutcome::as_str) },
            }),
        ),
    ]
}

pub(crate) fn delivery() -> Description {
    let text = "Returns a delivery attempt.";
    Description::new(TAG, "getDelivery", "Get a webhook delivery", text)
        .returns::<AttemptBody<'_>>("The attempt.", examples::failed())
}

pub(crate) fn resend() -> Description {
    let text = "Immediately sends the stored event of a delivery again, with new signatures. It may overtake waiting \
                deliveries. If the delivery fails, the status is still 200 and the body describes the failure.";
    Description::new(TAG, "resendDelivery", "Resend a webhook delivery", text)
        .may_take("NoMembers", json!({}))
        .returns::<AttemptBody<'_>>("The new attempt.", examples::resent())
        .fails([Failure::Malformed, Failure::ResendConflict])
}

pub(crate) fn recover() -> Description {
    let summary = "Recover a webhook destination's failed deliveries";
    let text = "Starts a recovery, which queues the deliveries that finally failed since a time again, in their order \
                and from the first step of the retry schedule. The recovery continues even if the process that started \
                it stops.";
    Description::new(TAG, "recoverDeliveries", summary, text)
        .takes("Recover", json!({ "since": "2026-01-25T00:00:00Z" }))
        .status("202")
        .returns::<RecoveryBody>("The started recovery.", examples::recovery())
        .location("The path of the recovery, which shows its progress.")
        .links(
            &[("uuid", "$request.path.uuid"), ("recovery_uuid", "$response.body#/uuid")],
            &[("progress", "getRecovery")],
        )
}

pub(crate) fn recovery() -> Description {
    let text = "Returns the progress of a recovery.";
    Description::new(TAG, "getRecovery", "Get a recovery", text)
        .returns::<RecoveryBody>("The recovery.", examples::recovery())
}
