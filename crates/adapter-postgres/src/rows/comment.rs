//! The latest comments of a user, as one JSON array per user row.

use serde::Deserialize;
use serde_json::value::RawValue;
use users_domain::model::{
    ActivityKind, AuditId, Comment, JsonText, Timestamp, UserField, UserStatus, brief_values,
};

use super::json::json;
use super::{from_json, invalid};
use crate::failure::Failure;

/// A column of a query on `users u`. The kinds are those of the index `audit_entries_comments`, and the limit is
/// [`Comment::SHOWN_IN_DETAIL`]; tests compare both with the domain.
pub(crate) const COMMENTS_OF_USER: &str = "(
    SELECT json_agg(c ORDER BY c.at DESC, c.id DESC)::text
    FROM (
        SELECT e.id, e.kind, e.fields, e.at, (
            SELECT coalesce(d.shown, d.detail) FROM audit_details d
            WHERE d.application_id = e.application_id AND d.entry_id = e.id
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
    /// `None` after erasure.
    detail: Option<String>,
}

type Raw = Option<Box<RawValue>>;

/// The size in bytes up to which values need no shortening.
const LONG: usize = 256;

/// The fields of an audit entry's detail that a comment shows. JSON values keep exactly the committed text.
#[derive(Default, Deserialize)]
struct Shown {
    actor_name: Option<String>,
    comment: Option<String>,
    previous_status: Option<String>,
    new_status: Option<String>,
    previous_value: Raw,
    new_value: Raw,
}

/// Parses the column [`COMMENTS_OF_USER`].
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
    let fields =
        row.fields.iter().map(|field| UserField::find(field).ok_or_else(|| unknown("field")));
    let (previous_value, new_value) = in_brief(shown.previous_value, shown.new_value)?;
    Ok(Comment {
        id: AuditId::parse(&row.id).map_err(invalid("audit id"))?,
        kind: ActivityKind::find(&row.kind).ok_or_else(|| unknown("kind of an audit entry"))?,
        comment: shown.comment,
        actor_name: shown.actor_name,
        previous_status: status(shown.previous_status)?,
        new_status: status(shown.new_status)?,
        previous_value,
        new_value,
        changed_fields: fields.collect::<Result<_, _>>()?,
        created_at: Timestamp::parse(&row.at).map_err(invalid("time of an audit entry"))?,
    })
}

fn status(word: Option<String>) -> Result<Option<UserStatus>, Failure> {
    word.map(|word| UserStatus::parse(&word))
        .transpose()
        .map_err(invalid("status of an audit entry"))
}

/// Shortens long values: entries of earlier builds have no stored short form.
fn in_brief(previous: Raw, new: Raw) -> Result<(JsonText, JsonText), Failure> {
    let is_long = |raw: &Raw| raw.as_ref().is_some_and(|raw| raw.get().len() > LONG);
    if !is_long(&previous) && !is_long(&new) {
        return Ok((json_text(previous), json_text(new)));
    }
    let read = |raw: Raw| json("audit detail", json_text(raw).as_str());
    let (previous, new) = brief_values(&read(previous)?, &read(new)?);
    Ok((JsonText::from(&previous), JsonText::from(&new)))
}

fn json_text(raw: Raw) -> JsonText {
    JsonText::from_trusted(raw.map_or_else(|| "null".to_owned(), |raw| raw.get().to_owned()))
}
