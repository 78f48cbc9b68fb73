//! The internal API in the OpenAPI document.

mod reports;

pub(crate) use reports::schemas;

use serde_json::{Value, json};

use super::enforcement::EnforcementBody;
use super::results_body::ResultsBody;
use crate::openapi::operation::Description;
use crate::openapi::responses::Failure;

const TAG: &str = "Internal";

pub(crate) fn session_events() -> Description {
    let text = "Records the state of verification sessions. The counters, features, times and verified profile of a \
                user follow from the newest revisions of its sessions, regardless of the order of arrival. An unknown \
                `vendor_data` creates the user.";
    let example = json!({
        "session_id": "session-7",
        "vendor_data": "customer-42",
        "revision": 3,
        "status": "Approved",
        "occurred_at": "2026-01-25T09:30:00Z",
        "features": { "ID_VERIFICATION": "Approved", "LIVENESS": "Approved" },
        "identity": {
            "full_name": "Ada Lovelace",
            "date_of_birth": "1990-12-10",
            "issuing_state": "GBR",
            "portrait_image_url": "https://media.example.org/portraits/42.jpg",
        },
        "approved_emails": ["ada@example.org"],
        "approved_phones": ["+442071234567"],
    });
    reports("reportSessions", "Report sessions", text).takes("SessionEvents", example)
}

pub(crate) fn transaction_events() -> Description {
    let text = "Records the state of transactions. New rule actions change the user's status, only to a stricter one. \
                An unknown `vendor_data` creates the user.";
    let example = json!([{
        "transaction_id": "transaction-9",
        "vendor_data": "customer-42",
        "revision": 1,
        "status": "IN_REVIEW",
        "occurred_at": "2026-01-25T10:00:00Z",
        "rule_actions": ["flag"],
    }]);
    reports("reportTransactions", "Report transactions", text).takes("TransactionEvents", example)
}

pub(crate) fn risk_events() -> Description {
    let text = "Records screening results for existing users. They change the user's status, only to a stricter one.";
    let example = json!({
        "event_id": "hit-3",
        "vendor_data": "customer-42",
        "kind": "blocklist_match",
        "detail": "the document is on the blocklist",
    });
    reports("reportRisks", "Report risks", text).takes("RiskEvents", example)
}

/// An operation that records reports.
fn reports(id: &str, summary: &str, text: &str) -> Description {
    let text = format!(
        "{text} The errors of an item are in its result, with status 200, and do not affect other items. Only \
         required members can cause errors; unusable optional members are left out and named in `dropped`. The request \
         can be repeated safely."
    );
    let description =
        "The result of each item, in order; a single item also has a list of one result.";
    Description::new(TAG, id, summary, text)
        .returns::<ResultsBody>(description, results())
        .links(
            &[("vendor_data", "$response.body#/results/0/user/vendor_data")],
            &[("enforcement", "getEnforcement")],
        )
        .fails([Failure::Malformed])
}

fn results() -> Value {
    json!({
        "results": [{
            "outcome": "applied",
            "user": {
                "didit_internal_id": "019bf2a0-4c00-7aaa-8bbb-0123456789ab",
                "vendor_data": "customer-42",
                "status": "ACTIVE",
                "version": 2,
            },
        }],
        "errors": 0,
    })
}

pub(crate) fn enforcement() -> Description {
    let summary = "Get the sessions and transactions that a user may start";
    let text = "Returns how to handle a new session and a new transaction of the user. An unknown user counts as \
                active, unless the last user with this `vendor_data` was BLOCKED when deleted and the application \
                keeps blocks.";
    let description = "The sessions and transactions that the user's status allows.";
    let example = json!({
        "status": "FLAGGED",
        "new_session": "in_review",
        "new_transaction": "escalate",
        "version": 3,
        "session_error": null,
        "transaction_error": null,
    });
    Description::new(TAG, "getEnforcement", summary, text)
        .returns::<EnforcementBody>(description, example)
}
