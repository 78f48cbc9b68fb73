//! Users in response bodies, with the members of the table "The user" in the contract. The domain decides which values
//! are shown (`users_domain::rules::shown_value` returns the same values).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use users_domain::model::evidence::PortraitUrl;
use users_domain::model::{
    ActivityKind, Caller, Comment, CountryCode, DisplayName, Email, Feature, FeatureStatus,
    FullName, KeyName, Origin, Phone, Provenance, Tag, UserDetail, UserField, UserRecord,
    UserStatus, UserTag,
};

use crate::endpoints::users::legal_hold::HoldBody;
use crate::http::error::ApiError;
use crate::http::page::Row;
use crate::http::text::{Text, Word, Words as _, raw};

/// A time as text.
type Time = Text<users_domain::model::Timestamp>;

/// A user in a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserRow")]
pub(crate) struct UserRowBody<'a> {
    #[serde(flatten)]
    common: CommonBody<'a>,
    tags: Vec<TagBody<'a>>,
}

impl<'a> From<&'a UserRecord> for UserRowBody<'a> {
    fn from(record: &'a UserRecord) -> Self {
        Self {
            common: record.into(),
            tags: record.tags.iter().map(|tag| (&tag.tag).into()).collect(),
        }
    }
}

impl Row for UserRowBody<'_> {
    const PAGE: &'static str = "UserPage";
    const IS_COUNTED: bool = true;
}

/// A user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserDetail")]
pub(crate) struct UserDetailBody<'a> {
    #[serde(flatten)]
    common: CommonBody<'a>,
    tags: Vec<TagLinkBody<'a>>,
    /// The client's own data.
    #[schemars(with = "AnyObject")]
    metadata: &'a RawValue,
    /// The latest 20 changes, newest first.
    #[schemars(extend("maxItems" = Comment::SHOWN_IN_DETAIL))]
    comments: Vec<CommentBody<'a>>,
    /// The legal hold that prevents the deletion of the user; null if there is none.
    legal_hold: Option<HoldBody<'a>>,
    provenance: ProvenancesBody<'a>,
}

impl<'a> UserDetailBody<'a> {
    /// The user as this caller sees it. Fails if stored JSON is invalid, which is a defect.
    pub(crate) fn of(user: &'a UserDetail, caller: &Caller) -> Result<Self, ApiError> {
        let record = &user.record;
        Ok(Self {
            common: record.into(),
            tags: record.tags.iter().map(Into::into).collect(),
            metadata: raw(&user.metadata)?,
            comments: user
                .comments
                .iter()
                .map(CommentBody::try_from)
                .collect::<Result<_, _>>()?,
            legal_hold: HoldBody::of(record, caller),
            provenance: record.into(),
        })
    }
}

/// The members that rows and details share.
#[derive(Serialize, JsonSchema)]
struct CommonBody<'a> {
    /// The identifier that the service assigned to the user, a UUID of version 7.
    didit_internal_id: Text<users_domain::model::UserId>,
    /// The client's own identifier.
    vendor_data: &'a str,
    /// The name that the application displays.
    display_name: Option<&'a str>,
    /// The name from the latest approved session, else the declared name.
    full_name: Option<&'a str>,
    date_of_birth: Option<Text<users_domain::model::DateOfBirth>>,
    /// `display_name`, else `full_name`, else `vendor_data`.
    effective_name: &'a str,
    status: Word<UserStatus>,
    portrait_image_url: Option<&'a str>,
    /// The number of sessions.
    session_count: u32,
    /// The number of sessions that are currently approved.
    approved_count: u32,
    /// The number of sessions that are currently declined.
    declined_count: u32,
    /// The number of sessions that are currently in review.
    in_review_count: u32,
    issuing_states: Vec<Word<CountryCode>>,
    approved_emails: Vec<&'a str>,
    approved_phones: Vec<&'a str>,
    features: FeaturesBody,
    features_list: Vec<FeatureBody>,
    last_session_at: Option<Time>,
    first_session_at: Option<Time>,
    /// The time of the latest session, transaction, status change or edit.
    last_activity_at: Time,
    created_at: Time,
    /// The time of the latest change. It increases with every change, so clients can use it as the watermark of a
    /// synchronisation.
    updated_at: Time,
    /// The version of the user, which increases with every effective change.
    #[schemars(range(min = 1))]
    version: u64,
}

impl<'a> From<&'a UserRecord> for CommonBody<'a> {
    fn from(record: &'a UserRecord) -> Self {
        let profile = &record.profile;
        Self {
            didit_internal_id: Text(record.id),
            vendor_data: record.vendor_data.as_str(),
            display_name: record.display_name.as_ref().map(DisplayName::as_str),
            full_name: profile.full_name().map(|(name, _)| FullName::as_str(name)),
            date_of_birth: profile.date_of_birth().map(|(date, _)| Text(date)),
            effective_name: record.effective_name(),
            status: Word(record.status),
            portrait_image_url: profile
                .portrait_image_url()
                .map(|(url, _)| PortraitUrl::as_str(url)),
            session_count: record.counters.session_count,
            approved_count: record.counters.approved_count,
            declined_count: record.counters.declined_count,
            in_review_count: record.counters.in_review_count,
            issuing_states: profile
                .issuing_states()
                .into_iter()
                .copied()
                .map(Word)
                .collect(),
            approved_emails: profile.emails().into_iter().map(Email::as_str).collect(),
            approved_phones: profile.phones().into_iter().map(Phone::as_str).collect(),
            features: FeaturesBody(
                (record.features.iter())
                    .map(|(feature, status)| (feature.as_str(), status.as_str()))
                    .collect(),
            ),
            features_list: (record.features.iter())
                .map(|(feature, status)| FeatureBody {
                    feature: Word(*feature),
                    status: Word(*status),
                })
                .collect(),
            last_session_at: record.activity.last_session_at.map(Text),
            first_session_at: record.activity.first_session_at.map(Text),
            last_activity_at: Text(record.activity.last_activity_at),
            created_at: Text(record.created_at),
            updated_at: Text(record.updated_at),
            version: record.version,
        }
    }
}

/// The latest status of each feature that a session checked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Features", extend("propertyNames" = json!({ "enum": Feature::all() })))]
pub(in crate::endpoints) struct FeaturesBody(
    #[schemars(with = "BTreeMap<String, Word<FeatureStatus>>")]
    BTreeMap<&'static str, &'static str>,
);

/// One member of `features`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FeatureResult")]
struct FeatureBody {
    feature: Word<Feature>,
    status: Word<FeatureStatus>,
}

/// A tag.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TagSummary")]
struct TagBody<'a> {
    uuid: Text<users_domain::model::TagId>,
    name: &'a str,
    #[schemars(regex(pattern = "^#[0-9a-f]{6}$"))]
    color: &'static str,
}

impl<'a> From<&'a Tag> for TagBody<'a> {
    fn from(tag: &'a Tag) -> Self {
        Self {
            uuid: Text(tag.id()),
            name: tag.name.as_str(),
            color: tag.color().as_str(),
        }
    }
}

/// A tag on a user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TagLink")]
struct TagLinkBody<'a> {
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
struct CommentBody<'a> {
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
            changed_fields: comment
                .changed_fields
                .iter()
                .copied()
                .map(UserField::as_str)
                .collect(),
            metadata: (),
            mentioned_emails: [],
            created_at: Text(comment.created_at),
        })
    }
}

fn comment_kinds() -> Vec<&'static str> {
    let kinds = ActivityKind::ALL.into_iter();
    kinds
        .filter(|kind| kind.is_comment())
        .map(ActivityKind::as_str)
        .collect()
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
struct ProvenancesBody<'a> {
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
