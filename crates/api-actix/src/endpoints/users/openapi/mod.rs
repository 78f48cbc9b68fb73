//! Users in the OpenAPI document.

pub(in crate::endpoints) mod examples;
mod parameters;
pub(in crate::endpoints) mod requests;

pub(crate) use requests::schemas;

use serde_json::json;

use super::body::{DeletionBody, UserDetailBody, UserRowBody};
use crate::http::page::Page;
use crate::openapi::headers::etag;
use crate::openapi::operation::Description;
use crate::openapi::parameters::{if_match, if_none_match};
use crate::openapi::responses::Failure;

const TAG: &str = "Users";

pub(crate) fn list() -> Description {
    let text = "Returns a page of the users that match all filters, by cursor or by offset.";
    Description::new(TAG, "listUsers", "List users", text)
        .parameters(parameters::list())
        .returns::<Page<UserRowBody<'_>>>("A page of users.", examples::page())
}

pub(crate) fn create() -> Description {
    let text = "Creates a user. A repeated request returns 409, unless it has the `Idempotency-Key` of the first \
                request.";
    Description::new(TAG, "createUser", "Create a user", text)
        .takes("CreateUser", examples::create())
        .status("201")
        .returns::<UserDetailBody<'_>>("The created user.", examples::detail())
        .header("ETag", etag())
        .location("The path of the user.")
        .links(
            &[("vendor_data", "$response.body#/vendor_data")],
            &[("get", "getUser"), ("update", "updateUser"), ("updateStatus", "updateUserStatus")],
        )
        .fails([Failure::Conflict])
}

pub(crate) fn get() -> Description {
    let text = "Returns a user with metadata, comments and provenance.";
    let not_modified = "The client already has this version.";
    Description::new(TAG, "getUser", "Get a user", text)
        .parameters([if_none_match()])
        .returns::<UserDetailBody<'_>>("The user.", examples::detail())
        .header("ETag", etag())
        .or("304", not_modified, ("ETag", etag()))
}

pub(crate) fn update() -> Description {
    let text = "Changes the members that are sent. In a merge patch, metadata is merged instead of replaced. \
                Read-only members are ignored.";
    let example = json!({ "display_name": "Countess", "metadata": { "plan": "basic" } });
    changes("updateUser", "Update a user", text)
        .takes("UpdateUser", example.clone())
        .or_merge_patch("MergeUser", example)
}

pub(crate) fn update_status() -> Description {
    let text = "Changes the status if the status machine allows the transition.";
    let example = json!({ "status": "FLAGGED", "reason": "The portrait does not match." });
    changes("updateUserStatus", "Change a user's status", text).takes("UpdateStatus", example)
}

fn changes(id: &str, summary: &str, text: &str) -> Description {
    Description::new(TAG, id, summary, text)
        .parameters([if_match()])
        .returns::<UserDetailBody<'_>>("The user after the change.", examples::detail())
        .header("ETag", etag())
        .fails([Failure::Conflict])
}

pub(crate) fn delete() -> Description {
    let text = "Deletes the named users, or all users. Unknown and deleted users are not counted, so the request can \
                be repeated safely.";
    Description::new(TAG, "deleteUsers", "Delete users", text)
        .takes("DeleteUsers", json!({ "vendor_data_list": ["customer-41"] }))
        .returns::<DeletionBody<'_>>("The number of deleted users.", json!({ "deleted": 1 }))
        .fails([Failure::InvalidDeletion])
}
