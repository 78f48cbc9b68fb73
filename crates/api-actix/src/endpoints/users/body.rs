//! Users in response bodies, with the members of the table "The user" in the contract. The domain decides which values
//! are shown (`users_domain::rules::shown_value` returns the same values).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use users_domain::model::evidence::PortraitUrl;
use users_domain::model::{
    Caller, Comment, DisplayName, Email, FullName, KeyName, Phone, Provenance, Tag, UserDetail,
    UserField, UserRecord, UserStatus, UserTag,
};

use crate::endpoints::users::legal_hold::HoldBody;
use crate::http::error::ApiError;
use crate::http::text::{Text, raw};

/// A time as text.
type Time = Text<users_domain::model::Timestamp>;

/// A user in a list.
#[derive(Serialize)]
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

/// The detail of a user.
#[derive(Serialize)]
pub(crate) struct UserDetailBody<'a> {
    #[serde(flatten)]
    common: CommonBody<'a>,
    tags: Vec<TagLinkBody<'a>>,
    metadata: &'a RawValue,
    comments: Vec<CommentBody<'a>>,
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
#[derive(Serialize)]
struct CommonBody<'a> {
    didit_internal_id: Text<users_domain::model::UserId>,
    vendor_data: &'a str,
    display_name: Option<&'a str>,
    full_name: Option<&'a str>,
    date_of_birth: Option<Text<users_domain::model::DateOfBirth>>,
    effective_name: &'a str,
    status: &'static str,
    portrait_image_url: Option<&'a str>,
    session_count: u32,
    approved_count: u32,
    declined_count: u32,
    in_review_count: u32,
    issuing_states: Vec<&'static str>,
    approved_emails: Vec<&'a str>,
    approved_phones: Vec<&'a str>,
    features: BTreeMap<&'static str, &'static str>,
    features_list: Vec<FeatureBody>,
    last_session_at: Option<Time>,
    first_session_at: Option<Time>,
    last_activity_at: Time,
    created_at: Time,
    updated_at: Time,
    version: u64,
}

impl<'a> From<&'a UserRecord> for CommonBody<'a> {
    fn from(record: &'a UserRecord) -> Self {
        let profile = &record.profile;
        let words = || {
            record
                .features
                .iter()
                .map(|(feature, status)| (feature.as_str(), status.as_str()))
        };
        Self {
            didit_internal_id: Text(record.id),
            vendor_data: record.vendor_data.as_str(),
            display_name: record.display_name.as_ref().map(DisplayName::as_str),
            full_name: profile.full_name().map(|(name, _)| FullName::as_str(name)),
            date_of_birth: profile.date_of_birth().map(|(date, _)| Text(*date)),
            effective_name: record.effective_name(),
            status: record.status.as_str(),
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
                .map(|state| state.alpha_3())
                .collect(),
            approved_emails: profile.emails().into_iter().map(Email::as_str).collect(),
            approved_phones: profile.phones().into_iter().map(Phone::as_str).collect(),
            features: words().collect(),
            features_list: words()
                .map(|(feature, status)| FeatureBody { feature, status })
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

#[derive(Serialize)]
struct FeatureBody {
    feature: &'static str,
    status: &'static str,
}

/// A tag in a row.
#[derive(Serialize)]
struct TagBody<'a> {
    uuid: Text<users_domain::model::TagId>,
    name: &'a str,
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

/// A tag in a detail: the link between user and tag, which contains the tag.
#[derive(Serialize)]
struct TagLinkBody<'a> {
    #[serde(flatten)]
    shown: TagBody<'a>,
    tag: WholeTagBody<'a>,
    added_by_email: (),
    added_by_name: Option<&'a str>,
    created_at: Time,
}

#[derive(Serialize)]
struct WholeTagBody<'a> {
    #[serde(flatten)]
    shown: TagBody<'a>,
    description: &'a str,
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

#[derive(Serialize)]
struct CommentBody<'a> {
    uuid: Text<users_domain::model::AuditId>,
    comment_type: &'static str,
    comment: Option<&'a str>,
    actor_email: (),
    actor_name: Option<&'a str>,
    previous_status: Option<&'static str>,
    new_status: Option<&'static str>,
    previous_value: &'a RawValue,
    new_value: &'a RawValue,
    changed_fields: Vec<&'static str>,
    metadata: (),
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
            previous_status: comment.previous_status.map(UserStatus::as_str),
            new_status: comment.new_status.map(UserStatus::as_str),
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

/// The sources of a person's shown values.
#[derive(Serialize)]
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

#[derive(Serialize)]
struct ProvenanceBody<'a> {
    source: &'static str,
    session_id: Option<&'a str>,
    verified_at: Option<Time>,
}

impl<'a> From<Provenance<'a>> for ProvenanceBody<'a> {
    fn from(provenance: Provenance<'a>) -> Self {
        Self {
            source: provenance.origin.as_str(),
            session_id: provenance.source.map(|source| source.session.as_str()),
            verified_at: provenance.source.map(|source| Text(source.at)),
        }
    }
}
