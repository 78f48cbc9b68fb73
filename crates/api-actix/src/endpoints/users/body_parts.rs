//! The tags, comments and sources of a user in response bodies.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use users_domain::model::{
    ActivityKind, Comment, KeyName, Origin, Provenance, Tag, UserField, UserRecord, UserStatus,
    UserTag,
};

use crate::http::error::ApiError;
use crate::http::text::{Text, Word, raw};

type Time = Text<users_domain::model::Timestamp>;

/// A tag.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TagSummary")]
pub(super) struct TagBody<'a> {
    uuid: Text<users_domain::model::TagId>,
    name: &'a str,
    #[schemars(regex(pattern = "^#[0-9a-f]{6}$"))]
    color: &'static str,
}

impl<'a> From<&'a Tag> for TagBody<'a> {
    fn from(tag: &'a Tag) -> Self {
        Self { uuid: Text(tag.id()), name: tag.name.as_str(), color: tag.color() }
    }
}

/// A tag on a user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TagLink")]
pub(super) struct TagLinkBody<'a> {
    #[serde(flatten)]
    shown: TagBody<'a>,
    tag: WholeTagBody<'a>,
    #[schemars(with = "Option<String>")]
    added_by_email: (),
    /// The name of the API key.
    added_by_name: Option<&'a str>,
    /// When the tag was added to the user.
    created_at: Time,
}

/// The tag itself.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct WholeTagBody<'a> {
    #[serde(flatten)]
    shown: TagBody<'a>,
    description: &'a str,
    #[schemars(extend("enum" = ["custom"]))]
    source: &'static str,
    created_at: Time,
    updated_at: Time,
}

impl<'a> From<&'a UserTag> for TagLinkBody<'a> {
    fn from(link: &'a UserTag) -> Self {
        let tag = &link.tag;
        Self {
            shown: tag.into(),
            tag: WholeTagBody {
                shown: tag.into(),
                description: &tag.description,
                source: "custom",
                created_at: Text(tag.created_at),
                updated_at: Text(tag.updated_at),
            },
            added_by_email: (),
            added_by_name: link.added_by.as_ref().map(KeyName::as_str),
            created_at: Text(link.added_at),
        }
    }
}

/// A change of a user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserComment")]
pub(super) struct CommentBody<'a> {
    uuid: Text<users_domain::model::AuditId>,
    #[schemars(extend("enum" = comment_kinds()))]
    comment_type: &'static str,
    comment: Option<&'a str>,
    #[schemars(with = "Option<String>")]
    actor_email: (),
    actor_name: Option<&'a str>,
    previous_status: Option<Word<UserStatus>>,
    new_status: Option<Word<UserStatus>>,
    /// Any JSON. A value of more than 256 bytes is shown only in the activity; here it is replaced by
    /// `{"elided": true, "bytes": n}` with, for an object, `changed_keys`.
    #[schemars(with = "Value")]
    previous_value: &'a RawValue,
    /// Any JSON, as in `previous_value`.
    #[schemars(with = "Value")]
    new_value: &'a RawValue,
    changed_fields: Vec<&'static str>,
    #[schemars(with = "Option<AnyObject>")]
    metadata: (),
    #[schemars(with = "Vec<String>")]
    mentioned_emails: [&'static str; 0],
    created_at: Time,
}

impl<'a> TryFrom<&'a Comment> for CommentBody<'a> {
    type Error = ApiError;

    fn try_from(comment: &'a Comment) -> Result<Self, ApiError> {
        Ok(Self {
            uuid: Text(comment.id),
            comment_type: comment.kind.as_str(),
            comment: comment.comment.as_deref(),
            actor_email: (),
            actor_name: comment.actor_name.as_deref(),
            previous_status: comment.previous_status.map(Word),
            new_status: comment.new_status.map(Word),
            previous_value: raw(&comment.previous_value)?,
            new_value: raw(&comment.new_value)?,
            changed_fields: comment.changed_fields.iter().copied().map(UserField::as_str).collect(),
            metadata: (),
            mentioned_emails: [],
            created_at: Text(comment.created_at),
        })
    }
}

fn comment_kinds() -> Vec<&'static str> {
    let kinds = ActivityKind::ALL.into_iter();
    kinds.filter(|kind| kind.is_comment()).map(ActivityKind::as_str).collect()
}

/// An object with any members.
#[derive(JsonSchema)]
#[schemars(inline, extend("type" = "object"))]
pub(in crate::endpoints) struct AnyObject(
    #[expect(dead_code, reason = "describes other values")] Value,
);

/// The source of each shown value. Of several approved sessions, the newest one with the value is the source.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Provenance")]
pub(super) struct ProvenancesBody<'a> {
    full_name: Option<ProvenanceBody<'a>>,
    date_of_birth: Option<ProvenanceBody<'a>>,
    portrait_image_url: Option<ProvenanceBody<'a>>,
}

impl<'a> From<&'a UserRecord> for ProvenancesBody<'a> {
    fn from(record: &'a UserRecord) -> Self {
        let profile = &record.profile;
        Self {
            full_name: profile.full_name().map(|(_, from)| from.into()),
            date_of_birth: profile.date_of_birth().map(|(_, from)| from.into()),
            portrait_image_url: profile.portrait_image_url().map(|(_, from)| from.into()),
        }
    }
}

/// The source of the shown value.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FieldProvenance")]
struct ProvenanceBody<'a> {
    source: Word<Origin>,
    session_id: Option<&'a str>,
    verified_at: Option<Time>,
}

impl<'a> From<Provenance<'a>> for ProvenanceBody<'a> {
    fn from(provenance: Provenance<'a>) -> Self {
        Self {
            source: Word(provenance.origin),
            session_id: provenance.source.map(|source| source.session.as_str()),
            verified_at: provenance.source.map(|source| Text(source.at)),
        }
    }
}
