//! The operations on legal holds, with their schemas.

use serde_json::{Value, json};
use utoipa::openapi::PathItem;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::{Required, ResponseBuilder};

use crate::http::request::JSON;
use crate::openapi::operations::{Fails as _, body, example, keyed, success, with_body};
use crate::openapi::parameters;
use crate::openapi::responses::{Failure, etag};
use crate::openapi::schema::{described, object, or_null, record, reference, schema};
use crate::openapi::text;

pub(in crate::endpoints) fn schemas() -> Vec<(&'static str, Value)> {
    let members = vec![(
        "reason",
        described(text::given_reason(), "Why the user must not be deleted."),
    )];
    vec![
        ("LegalHold", legal_hold()),
        ("LegalHoldState", state()),
        (
            "SetLegalHold",
            object("A legal hold.", &["reason"], members),
        ),
    ]
}

fn legal_hold() -> Value {
    record(
        "A legal hold: its user can be neither deleted nor erased.",
        [
            (
                "since",
                described(
                    text::time(),
                    "When the hold was set. A change of the reason does not change this time.",
                ),
            ),
            (
                "reason",
                described(
                    or_null(json!({ "type": "string" })),
                    "The reason of the hold; null for roles other than OWNER and COMPLIANCE_OFFICER.",
                ),
            ),
        ],
    )
}

fn state() -> Value {
    record(
        "Whether a user is under legal hold.",
        [
            ("didit_internal_id", text::uuid()),
            ("vendor_data", json!({ "type": "string" })),
            ("deleted_at", or_null(text::time())),
            ("legal_hold", or_null(reference("LegalHold"))),
        ],
    )
}

pub(in crate::endpoints) fn paths() -> Vec<(String, PathItem)> {
    let item = |of: &Form| {
        let mut item = PathItem::new(HttpMethod::Get, get(of));
        item.put = Some(set(of));
        item.delete = Some(lift(of));
        item
    };
    FORMS
        .iter()
        .map(|form| {
            (
                format!("/v3/users/{}/legal-hold/", form.segments),
                item(form),
            )
        })
        .collect()
}

/// A way to name the user in a path.
struct Form {
    segments: &'static str,
    /// Distinguishes the operation ids.
    suffix: &'static str,
    of: &'static str,
    parameter: fn() -> Parameter,
}

const FORMS: [Form; 2] = [
    Form {
        segments: "{vendor_data}",
        suffix: "",
        of: "a user",
        parameter: parameters::vendor_data,
    },
    Form {
        segments: "by-id/{didit_internal_id}",
        suffix: "ById",
        of: "a user that may be deleted",
        parameter: internal_id,
    },
];

fn internal_id() -> Parameter {
    ParameterBuilder::new()
        .name("didit_internal_id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(
            "The identifier that the service assigned to the user.",
        ))
        .schema(Some(schema(text::uuid())))
        .build()
}

fn get(form: &Form) -> Operation {
    operation(
        form,
        "getLegalHold",
        "Get the legal hold of",
        "Returns since when and why the user is under legal hold; null if there is no hold.",
    )
    .response("200", answer("The current legal hold.").build())
    .fails(&[Failure::Malformed, Failure::NotFound])
}

fn set(form: &Form) -> Operation {
    let example = json!({ "reason": "court order 7/26" });
    operation(
        form,
        "setLegalHold",
        "Set the legal hold of",
        "While the hold is set, neither a deletion nor the end of the retention removes the user. A new reason \
         replaces the previous one; the same reason changes nothing. No webhook reports the hold.",
    )
    .parameter(parameters::if_match())
    .request_body(Some(body(&[(JSON, "SetLegalHold", example)])))
    .response(
        "200",
        answer("The current legal hold.")
            .build(),
    )
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::NotFound,
        Failure::PreconditionFailed,
    ]))
}

fn lift(form: &Form) -> Operation {
    let lifted = success("The user is under no legal hold.").build();
    operation(
        form,
        "liftLegalHold",
        "Lift the legal hold of",
        "Ends the legal hold. Without a hold, nothing changes. A deleted user whose retention has ended is erased soon \
         after.",
    )
    .parameter(parameters::if_match())
    .response("204", lifted)
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::NotFound,
        Failure::PreconditionFailed,
    ]))
}

fn operation(form: &Form, id: &str, summary: &str, description: &str) -> OperationBuilder {
    let (id, summary) = (
        format!("{id}{}", form.suffix),
        format!("{summary} {}", form.of),
    );
    let description = format!("{description} Roles: OWNER, COMPLIANCE_OFFICER.");
    keyed("Deletion", &id, &summary, &description).parameter((form.parameter)())
}

fn answer(description: &str) -> ResponseBuilder {
    let shown = json!({
        "didit_internal_id": "019bf2a0-4c00-7aaa-8bbb-0123456789ab",
        "vendor_data": "customer-42",
        "deleted_at": null,
        "legal_hold": { "since": "2026-01-25T09:30:00.000000Z", "reason": "court order 7/26" },
    });
    success(description)
        .header("ETag", etag())
        .content(JSON, example("LegalHoldState", shown))
}
