//! Builds the statements for pages of users.

use std::sync::LazyLock;

use users_domain::model::{UserPage, UserRecord};

use super::{Columns, RECORD_COLUMNS};

/// The length of a row's texts in a query on `users u`: never more than `listing::row_bytes` of its user.
static TEXT_BYTES: LazyLock<String> = LazyLock::new(|| {
    let columns = UserRecord::columns();
    let of_kind = |kind: &str, separator: &str| {
        let columns = columns.iter().filter(|column| column.kind == kind);
        let columns: Vec<_> = columns.map(|column| format!("u.{}", column.name)).collect();
        columns.join(separator)
    };
    format!(
        "octet_length(concat({texts}, array_to_string({lists}, '')))
    + CASE WHEN u.tags <> '[]' THEN (
        SELECT sum(octet_length(e.tag ->> 'name'))::integer FROM jsonb_array_elements(u.tags) e (tag)
    ) ELSE 0 END",
        texts = of_kind("text", ", "),
        lists = of_kind("text[]", " || ")
    )
});

/// The statement for the records of a page: at most `limit` users that match `condition` on `users u`, in this order,
/// after the first `skipped` ones. `$1` is the application. Reads at most the rows that fit into a page, and one more.
pub(crate) fn page_of_records(
    from: &str,
    condition: &str,
    order: &str,
    limit: usize,
    skipped: u32,
) -> String {
    let mut place = format!("LIMIT {limit}");
    if skipped > 0 {
        place = format!("{place} OFFSET {skipped}");
    }
    if limit <= FEW && skipped == 0 {
        return format!(
            "SELECT {RECORD_COLUMNS} FROM {from} WHERE {condition} ORDER BY {order} {place}"
        );
    }
    // Skipped rows are not read, only their index entries, as far as the index covers the condition.
    let found = format!("SELECT u.id FROM {from} WHERE {condition} ORDER BY {order} {place}");
    if limit <= FEW {
        return format!(
            "SELECT {RECORD_COLUMNS} FROM ({found}) page
             JOIN users u ON u.application_id = $1 AND u.id = page.id ORDER BY {order}"
        );
    }
    let most = UserPage::MAX_BYTES;
    let text_bytes = TEXT_BYTES.as_str();
    let user =
        "LATERAL (SELECT u.* FROM users u WHERE u.application_id = $1 AND u.id = f.id LIMIT 1) u";
    format!(
        "WITH found AS MATERIALIZED ({found}), measured AS (
            SELECT f.id, row_number() OVER (ORDER BY {order}) AS number, {text_bytes} AS bytes
            FROM found f CROSS JOIN {user}
        ), fitting AS MATERIALIZED (
            SELECT m.id, m.number, sum(m.bytes) OVER (ORDER BY m.number) - m.bytes AS bytes_before FROM measured m
        )
        SELECT {RECORD_COLUMNS} FROM fitting f CROSS JOIN {user}
        WHERE f.bytes_before <= {most} ORDER BY f.number"
    )
}

/// A number of rows that never exceeds the size of a page by much, however long each row is.
const FEW: usize = 51;
