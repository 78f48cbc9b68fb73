//! The tags of a user: an array of names in the user's row. A query reads them with their descriptions, as one JSON
//! array per user row.

use diesel::pg::Pg;
use diesel::row::NamedRow;
use diesel::sql_types::{Nullable, Text};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use users_domain::model::{ApplicationId, KeyName, Tag, TagName, Timestamp, UserTag};

use super::columns::{Columns, StoredColumn, get};
use super::{from_json, invalid};
use crate::failure::Failure;
use crate::schema::Content;

/// `LIMIT 1` makes each tag a separate look-up: otherwise a join could read all tags of the application for every user.
const TAGS: &str = "CASE WHEN u.tags <> '[]' THEN (
        SELECT json_agg(json_build_object(
            'name', t.name, 'description', t.description, 'created_at', t.created_at, 'updated_at', t.updated_at,
            'added_by', e.tag ->> 'added_by', 'added_at', e.tag ->> 'added_at') ORDER BY e.place)::text
        FROM jsonb_array_elements(u.tags) WITH ORDINALITY e (tag, place)
        CROSS JOIN LATERAL (
            SELECT t.* FROM tags t
            WHERE t.application_id = u.application_id AND t.name = e.tag ->> 'name'
            LIMIT 1
        ) t
    ) END";

#[derive(Deserialize)]
struct TagRow {
    name: String,
    description: String,
    created_at: String,
    updated_at: String,
    added_by: Option<String>,
    added_at: String,
}

/// A tag in the user's row.
#[derive(Serialize)]
struct StoredUserTag<'a> {
    name: &'a str,
    added_by: Option<&'a str>,
    added_at: String,
}

impl Columns for Vec<UserTag> {
    fn columns() -> Vec<StoredColumn> {
        vec![StoredColumn {
            name: "tags",
            kind: "jsonb",
            content: Content::Personal,
            expression: Some(TAGS),
        }]
    }

    fn read<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self, Failure> {
        let stored = NamedRow::get::<Nullable<Text>, Option<String>>(row, "tags");
        let stored = stored.map_err(|_| Failure::defect("the tags could not be read"))?;
        let application: ApplicationId = get(row, "application_id")?;
        let rows: Vec<TagRow> = from_json("tags", stored.as_deref().unwrap_or("[]"))?;
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
        let tags = rows.into_iter().map(tag).collect::<Result<_, _>>();
        tags.map_err(invalid("tags"))
    }

    fn write<M: SerializeMap>(&self, to: &mut M) -> Result<(), M::Error> {
        let tags: Vec<_> = self
            .iter()
            .map(|tag| StoredUserTag {
                name: tag.tag.name.as_str(),
                added_by: tag.added_by.as_ref().map(KeyName::as_str),
                added_at: tag.added_at.to_string(),
            })
            .collect();
        to.serialize_entry("tags", &tags)
    }
}
