//! The latest comments of a user, as one JSON array per user row.

use serde::Deserialize;
use serde_json::value::RawValue;
use users_domain::model::{
    ActivityKind, AuditId, Comment, JsonText, Timestamp, UserField, UserStatus,
};

use super::{from_json, invalid};
use crate::failure::Failure;

/// A column of a query on `users u`. The kinds are those of the index `audit_entries_comments`, and
/// [`Comment::SHOWN_IN_DETAIL`] is its limit; tests hold both against the domain.
pub(crate) const COMMENTS_OF_USER: &str = "(
    SELECT json_agg(c ORDER BY c.at DESC, c.id DESC)::text
    FROM (
        SELECT e.id, e.kind, e.fields, e.at, (
            SELECT d.detail FROM audit_details d WHERE d.application_id = e.application_id AND d.entry_id = e.id
        ) AS detail
        FROM audit_entries e
        WHERE e.application_id = u.application_id AND e.user_id BETWEEN u.id AND u.id
            AND e.kind IN ('STATUS_CHANGED', 'METADATA_UPDATED', 'TAG_ADDED', 'TAG_REMOVED', 'PROFILE_UPDATED', 'COMMENT')
        ORDER BY e.user_id DESC, e.at DESC, e.id DESC
        LIMIT 20
    ) c
) AS comments";

#[derive(Deserialize)]
struct CommentRow {
    id: String,
    kind: String,
    fields: Vec<String>,
    at: String,
    /// Absent once it was erased.
    detail: Option<String>,
}

/// What a comment shows of an audit entry's detail. JSON values stay the very text that was committed to.
#[derive(Default, Deserialize)]
struct Shown {
    actor_name: Option<String>,
    comment: Option<String>,
    previous_status: Option<String>,
    new_status: Option<String>,
    previous_value: Option<Box<RawValue>>,
    new_value: Option<Box<RawValue>>,
}

/// `text` is what [`COMMENTS_OF_USER`] gives.
pub(super) fn comments(text: Option<&str>) -> Result<Vec<Comment>, Failure> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let rows: Vec<CommentRow> = from_json("comments", text)?;
    rows.iter().map(comment).collect()
}

fn comment(row: &CommentRow) -> Result<Comment, Failure> {
    let shown: Shown = match &row.detail {
        Some(detail) => from_json("audit detail", detail)?,
        None => Shown::default(),
    };
    let unknown = |column: &'static str| Failure::defect(format!("the stored {column} is unknown"));
    let fields = row
        .fields
        .iter()
        .map(|field| UserField::find(field).ok_or_else(|| unknown("field")));
    Ok(Comment {
        id: AuditId::parse(&row.id).map_err(invalid("audit id"))?,
        kind: ActivityKind::find(&row.kind).ok_or_else(|| unknown("kind of an audit entry"))?,
        comment: shown.comment,
        actor_name: shown.actor_name,
        previous_status: status(shown.previous_status)?,
        new_status: status(shown.new_status)?,
        previous_value: json_text(shown.previous_value),
        new_value: json_text(shown.new_value),
        changed_fields: fields.collect::<Result<_, _>>()?,
        created_at: Timestamp::parse(&row.at).map_err(invalid("time of an audit entry"))?,
    })
}

fn status(word: Option<String>) -> Result<Option<UserStatus>, Failure> {
    word.map(|word| UserStatus::parse(&word))
        .transpose()
        .map_err(invalid("status of an audit entry"))
}

fn json_text(raw: Option<Box<RawValue>>) -> JsonText {
    JsonText::from_trusted(raw.map_or_else(|| "null".to_owned(), |raw| raw.get().to_owned()))
}
