//! The operations on legal holds, with their schemas.

use serde_json::{Value, json};

use super::LegalHoldBody;
use crate::openapi::headers::etag;
use crate::openapi::operation::Description;
use crate::openapi::parameters::if_match;
use crate::openapi::schema::{described, object};
use crate::openapi::text;

const TAG: &str = "Deletion";

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    let reason = described(text::given_reason(), "Why the user must not be deleted.");
    let members = vec![("reason", reason)];
    vec![("SetLegalHold", object("A legal hold.", &["reason"], members))]
}

pub(crate) fn get() -> Description {
    let text = "Returns since when and why the user is under legal hold; null if there is no hold.";
    shows("getLegalHold", "Get the legal hold of a user", text)
}

pub(crate) fn get_by_id() -> Description {
    get().by_id()
}

pub(crate) fn set() -> Description {
    let text = "While the hold is set, neither a deletion nor the end of the retention removes the user. A new reason \
                replaces the previous one; the same reason changes nothing. No webhook reports the hold.";
    shows("setLegalHold", "Set the legal hold of a user", text)
        .parameters([if_match()])
        .takes("SetLegalHold", json!({ "reason": "court order 7/26" }))
}

pub(crate) fn set_by_id() -> Description {
    set().by_id()
}

pub(crate) fn lift() -> Description {
    let text = "Ends the legal hold. Without a hold, nothing changes. A deleted user whose retention has ended is \
                erased soon after.";
    Description::new(TAG, "liftLegalHold", "Lift the legal hold of a user", text)
        .parameters([if_match()])
        .responds("204", "The user is under no legal hold.")
}

pub(crate) fn lift_by_id() -> Description {
    lift().by_id()
}

fn shows(id: &str, summary: &str, text: &str) -> Description {
    let example = json!({
        "didit_internal_id": "019bf2a0-4c00-7aaa-8bbb-0123456789ab",
        "vendor_data": "customer-42",
        "deleted_at": null,
        "legal_hold": { "since": "2026-01-25T09:30:00.000000Z", "reason": "court order 7/26" },
    });
    Description::new(TAG, id, summary, text)
        .returns::<LegalHoldBody<'_>>("The current legal hold.", example)
        .header("ETag", etag())
}
