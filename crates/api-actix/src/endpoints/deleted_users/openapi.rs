//! The operations on deleted users, with their schemas.

use serde_json::{Value, json};

use super::list::{DeletedBody, MAX_CURSOR_CHARACTERS};
use super::restore::RestorationBody;
use crate::endpoints::users::openapi::{examples, requests};
use crate::http::page::Page;
use crate::openapi::operation::Description;
use crate::openapi::parameters::{cursor, page_sizes};
use crate::openapi::schema::{object, with};

const TAG: &str = "Deletion";

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    let selection = object(
        "The users to restore: at least one entry in one of the lists. Unknown members are rejected.",
        &[],
        requests::named_users(),
    );
    let selection = with(selection, [("additionalProperties", json!(false))]);
    vec![("RestoreUsers", selection)]
}

pub(crate) fn list() -> Description {
    let text = "Returns the deleted users that are still stored, the newest deletion first. Cursors lead only to older \
                deletions.";
    let cursor = cursor("The cursor from `next` of another page.", MAX_CURSOR_CHARACTERS);
    Description::new(TAG, "listDeletedUsers", "List deleted users", text)
        .parameters(page_sizes("users"))
        .parameters([cursor])
        .returns::<Page<DeletedBody<'_>>>("A page of deleted users.", examples::deleted_page())
}

pub(crate) fn restore() -> Description {
    let text = "Restores users as they were: for each `vendor_data` the user that was deleted last, or the users with \
                the given ids. Unknown users, users that are not deleted and users past their retention are not \
                counted, so the request can be repeated safely.";
    let restored = json!({ "restored": 1, "conflicts": [] });
    Description::new(TAG, "restoreUsers", "Restore users", text)
        .takes("RestoreUsers", json!({ "vendor_data_list": ["customer-41"] }))
        .returns::<RestorationBody<'_>>("The number of restored users.", restored)
}
