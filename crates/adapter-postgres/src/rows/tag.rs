//! The tags of a user, as one JSON array per user row.

use serde::Deserialize;
use users_domain::model::{ApplicationId, KeyName, Tag, TagName, Timestamp, UserTag};

use super::{from_json, invalid};
use crate::failure::Failure;

#[derive(Deserialize)]
struct TagRow {
    name: String,
    description: String,
    created_at: String,
    updated_at: String,
    added_by: Option<String>,
    added_at: String,
}

pub(super) fn tags(
    application: ApplicationId,
    stored: Option<&str>,
) -> Result<Vec<UserTag>, Failure> {
    let Some(stored) = stored else {
        return Ok(Vec::new());
    };
    let rows: Vec<TagRow> = from_json("tags", stored)?;
    let tag = |row: TagRow| {
        Ok(UserTag {
            tag: Tag {
                application,
                name: TagName::from_stored(row.name),
                description: row.description,
                created_at: Timestamp::parse(&row.created_at)?,
                updated_at: Timestamp::parse(&row.updated_at)?,
            },
            added_by: row.added_by.map(KeyName::from_stored),
            added_at: Timestamp::parse(&row.added_at)?,
        })
    };
    rows.into_iter()
        .map(tag)
        .collect::<Result<_, _>>()
        .map_err(invalid("tags"))
}
