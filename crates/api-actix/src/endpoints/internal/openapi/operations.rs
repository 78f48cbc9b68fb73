//! The operations of the internal API.

use serde_json::{Value, json};
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{PathItem, Required};

use super::examples;
use crate::http::request::JSON;
use crate::openapi::operations::{Fails as _, body, example, keyed, success, with_body};
use crate::openapi::responses::Failure;
use crate::openapi::schema::schema;
use crate::openapi::text;

const TAG: &str = "Internal";

pub(in crate::endpoints) fn paths() -> Vec<(String, PathItem)> {
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
        "Records the state of verification sessions. The counters, features, times and verified profile of a user \
         follow from the newest revisions of its sessions, regardless of the order of arrival. An unknown \
         `vendor_data` creates the user.",
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
        "Records the state of transactions. New rule actions change the user's status, only to a stricter one. An \
         unknown `vendor_data` creates the user.",
        examples::transaction(),
    )
}

fn risks() -> Operation {
    reports(
        ["reportRisks", "Report risks", "RiskEvents"],
        "Records screening results for existing users. They change the user's status, only to a stricter one.",
        examples::risk(),
    )
}

/// An operation that records reports: its id, summary and body schema, then its description.
fn reports([id, summary, of]: [&str; 3], description: &str, value: Value) -> Operation {
    let description = format!(
        "{description} The errors of an item are in its result, with status 200, and do not affect other items. Only \
         required members can cause errors; unusable optional members are left out and named in `dropped`. The request \
         can be repeated safely."
    );
    let enforcement = LinkBuilder::new()
        .operation_id("getEnforcement")
        .parameter("vendor_data", "$response.body#/results/0/user/vendor_data")
        .build();
    let results =
        success("The result of each item, in order; a single item also has a list of one result.")
            .content(JSON, example("ReportResults", examples::results()))
            .link("enforcement", enforcement)
            .build();
    keyed(TAG, id, summary, &description)
        .request_body(Some(body(&[(JSON, of, value)])))
        .response("200", results)
        .fails(&with_body(&[Failure::Malformed]))
}

fn enforcement() -> Operation {
    let allowed = success("The sessions and transactions that the user's status allows.")
        .content(JSON, example("Enforcement", examples::enforcement()))
        .build();
    keyed(
        TAG,
        "getEnforcement",
        "Get the sessions and transactions that a user may start",
        "Returns how to handle a new session and a new transaction of the user. An unknown user counts as active, \
         unless the last user with this `vendor_data` was BLOCKED when deleted and the application keeps blocks.",
    )
    .parameter(vendor_data())
    .response("200", allowed)
    .fails(&[Failure::Malformed, Failure::NotFound])
}

/// A text that is not a valid `vendor_data` counts as an unknown user.
fn vendor_data() -> Parameter {
    ParameterBuilder::new()
        .name("vendor_data")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(
            "The client's own identifier, percent-encoded. A slash in it is written as `%2F`.",
        ))
        .schema(Some(schema(json!({
            "type": "string",
            "minLength": 1,
            "pattern": text::NO_NUL,
        }))))
        .build()
}
