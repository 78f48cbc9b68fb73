//! The operations of services: what they take and what they answer.

use serde_json::{Value, json};
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{PathItem, Required};

use super::examples;
use crate::openapi::operations::{Fails as _, body, example, keyed, success, with_body};
use crate::openapi::responses::Failure;
use crate::openapi::schema::schema;
use crate::openapi::text;
use crate::request::JSON;

const TAG: &str = "Internal";

/// The operations by path.
pub(in crate::openapi) fn paths() -> Vec<(String, PathItem)> {
    let post = |operation| PathItem::new(HttpMethod::Post, operation);
    vec![
        ("session-events/", post(sessions())),
        ("transaction-events/", post(transactions())),
        ("risk-events/", post(risks())),
        (
            "enforcement/{vendor_data}/",
            PathItem::new(HttpMethod::Get, enforcement()),
        ),
    ]
    .into_iter()
    .map(|(rest, item)| (format!("/internal/v1/{rest}"), item))
    .collect()
}

fn sessions() -> Operation {
    reports(
        ["reportSessions", "Report sessions", "SessionEvents"],
        "Takes in where verification sessions stand. Counters, features, times and the verified profile of a user follow \
         from the newest revisions of its sessions, in whatever order they arrive. An unknown `vendor_data` makes the \
         user.",
        examples::session(),
    )
}

fn transactions() -> Operation {
    reports(
        [
            "reportTransactions",
            "Report transactions",
            "TransactionEvents",
        ],
        "Takes in where transactions stand. What the rules ask for anew moves the user's status, upwards alone. An \
         unknown `vendor_data` makes the user.",
        examples::transaction(),
    )
}

fn risks() -> Operation {
    reports(
        ["reportRisks", "Report risks", "RiskEvents"],
        "Takes in what screening found about users that there are. It moves the user's status, upwards alone.",
        examples::risk(),
    )
}

/// One operation that takes reports in: its id, its summary and its body, then its description.
fn reports([id, summary, of]: [&str; 3], description: &str, value: Value) -> Operation {
    let description = format!(
        "{description} What is wrong with one item is said at its place, with status 200, and harms no other. Only members that \
         are required can be wrong; of the others, what cannot be used is left out and named in `dropped`. The same call can be \
         repeated."
    );
    let asked = LinkBuilder::new()
        .operation_id("getEnforcement")
        .parameter("vendor_data", "$response.body#/results/0/user/vendor_data")
        .build();
    let results = success("What came of each item, in order; also of one that came alone.")
        .content(JSON, example("ReportResults", examples::results()))
        .link("enforcement", asked)
        .build();
    keyed(TAG, id, summary, &description)
        .request_body(Some(body(&[(JSON, of, value)])))
        .response("200", results)
        .fails(&with_body(&[Failure::Malformed]))
}

fn enforcement() -> Operation {
    let allowed = success("What the user's status allows.")
        .content(JSON, example("Enforcement", examples::enforcement()))
        .build();
    keyed(
        TAG,
        "getEnforcement",
        "Ask what a user may begin",
        "What becomes of a new session and a new transaction. A user that is not known is as free as an active one, unless \
         the last user of the name was deleted BLOCKED.",
    )
    .parameter(vendor_data())
    .response("200", allowed)
    .fails(&[Failure::Malformed, Failure::NotFound])
}

/// What can be no user's is answered as what is no user's.
fn vendor_data() -> Parameter {
    ParameterBuilder::new()
        .name("vendor_data")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(
            "The client's own identifier, percent-encoded; a slash within it as `%2F`.",
        ))
        .schema(Some(schema(json!({
            "type": "string",
            "minLength": 1,
            "pattern": text::NO_NUL,
        }))))
        .build()
}
