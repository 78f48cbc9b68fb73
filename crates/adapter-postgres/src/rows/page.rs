//! Builds the statements for pages of users.

use users_domain::model::UserPage;

use super::RECORD_COLUMNS;

/// The length of a row's texts in a query on `users u`: never more than `listing::row_bytes` of its user.
const TEXT_BYTES: &str = "octet_length(concat(u.vendor_data, u.display_name, u.declared_full_name, u.verified_full_name,
        u.override_full_name, u.verified_portrait_image_url,
        array_to_string(u.declared_emails || u.verified_emails || u.declared_phones || u.verified_phones, '')))
    + CASE WHEN u.tags <> '[]' THEN (
        SELECT sum(octet_length(e.tag ->> 'name'))::integer FROM jsonb_array_elements(u.tags) e (tag)
    ) ELSE 0 END";

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
    let user =
        "LATERAL (SELECT u.* FROM users u WHERE u.application_id = $1 AND u.id = f.id LIMIT 1) u";
    format!(
        "WITH found AS MATERIALIZED ({found}), measured AS (
            SELECT f.id, row_number() OVER (ORDER BY {order}) AS number, {TEXT_BYTES} AS bytes
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
