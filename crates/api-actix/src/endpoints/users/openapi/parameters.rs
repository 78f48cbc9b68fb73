//! The parameters of the user list, with the limits of their readers.

use serde_json::{Value, json};
use users_domain::model::{OrderKey, SearchTerm, TagName};

use crate::endpoints::users::list::MAX_CURSOR_CHARACTERS;
use crate::endpoints::users::list::parameters::{
    COUNT_MODES, MAX_METADATA_FILTERS, MAX_METADATA_KEY_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS,
    MAX_TAGS,
};
use crate::openapi::parameters::{cursor, end, offsets, page_sizes, query, repeatable, start};
use crate::openapi::schema::reference;
use crate::openapi::text;

pub(super) fn list() -> Vec<Value> {
    let [limit, page_size] = page_sizes("users");
    let [offset, page] = offsets("users", "cursors in `next` and `previous`");
    vec![
        limit,
        page_size,
        offset,
        page,
        cursor(
            "The cursor from `next` or `previous` of another page. No other parameter is needed; filters and ordering \
             that are sent must equal those of that page. It cannot be combined with `offset`.",
            MAX_CURSOR_CHARACTERS,
        ),
        repeatable(
            "status",
            "Users with any of these statuses, which may also be separated by commas.",
            json!({ "type": "array", "items": reference("UserStatus") }),
        ),
        query(
            "search",
            "Users for whom each word is part of `vendor_data`, a name, an e-mail address or a phone number. Order, \
             case and accents of the words do not matter; double quotes enclose a phrase. Four or more digits match \
             phone numbers in any notation. Without `ordering`, users whose name or address equals the search come \
             first.",
            text::search(SearchTerm::MAX_CHARACTERS),
        ),
        repeatable(
            "vendor_data",
            "Users with any of these `vendor_data`, compared byte by byte; at most 100 values and 8 KiB in total.",
            json!({
                "type": "array",
                "items": text::vendor_data(),
            }),
        ),
        query("email", "Users with this e-mail address, regardless of case.", text::email()),
        query(
            "phone",
            "Users with this phone number, compared by digits.",
            json!({ "type": "string", "pattern": "[0-9]", "examples": ["+442079460100"] }),
        ),
        query("country", "Users with this issuing state.", reference("GivenCountry")),
        query("country_code", "An alias of `country`.", reference("GivenCountry")),
        repeatable(
            "tag",
            "Users with all of these tags, by name.",
            json!({
                "type": "array",
                "maxItems": MAX_TAGS,
                "items": text::name(TagName::MAX_CHARACTERS),
            }),
        ),
        metadata(),
        start("created_after"),
        end("created_before"),
        start("updated_after"),
        end("updated_before"),
        start("last_activity_after"),
        end("last_activity_before"),
        query(
            "ordering",
            "The order of the users; `-last_session_at` if it is not sent. Equal values are ordered by id in the same direction. In descending order, users \
             without the value come last.",
            ordering(),
        ),
        query(
            "count",
            "How users are counted. `capped`, the default, counts up to 1000. `estimate` is a recent count of all users of the \
             application, or of those with a status; with any other filter it equals `capped`.",
            json!({ "type": "string", "enum": COUNT_MODES.map(|(word, _)| word) }),
        ),
    ]
}

fn ordering() -> Value {
    let words: Vec<_> = OrderKey::ALL
        .into_iter()
        .flat_map(|key| [key.as_str().to_owned(), format!("-{}", key.as_str())])
        .collect();
    json!({ "type": "string", "enum": words })
}

fn metadata() -> Value {
    repeatable(
        "metadata",
        "`metadata.<key>=<value>` selects users whose metadata has this string, number or boolean at a top-level key, \
         including its dots. Without such a key, dots lead into nested objects. If a key is sent twice, either value \
         matches.",
        json!({
            "type": "object",
            "maxProperties": MAX_METADATA_FILTERS,
            "propertyNames": {
                "pattern": format!("^metadata\\.[^\\u0000]{{1,{MAX_METADATA_KEY_CHARACTERS}}}$"),
            },
            "additionalProperties": {
                "type": "string",
                "maxLength": MAX_METADATA_VALUE_CHARACTERS,
                "pattern": text::NO_NUL,
            },
        }),
    )
}
