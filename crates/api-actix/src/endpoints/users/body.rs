//! Users in response bodies, with the members of the table "The user" in the contract. The domain decides which values
//! are shown (`users_domain::rules::shown_value` returns the same values).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use users_domain::model::evidence::PortraitUrl;
use users_domain::model::{
    Caller, Comment, CountryCode, DisplayName, Email, Feature, FeatureStatus, FullName, Phone,
    UserDetail, UserRecord, UserStatus,
};
use users_domain::service::Deletion;

use super::body_parts::{AnyObject, CommentBody, ProvenancesBody, TagBody, TagLinkBody};
use crate::endpoints::users::legal_hold::HoldBody;
use crate::http::error::ApiError;
use crate::http::page::Row;
use crate::http::text::{Text, Word, Words as _, raw};

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
            comments: user.comments.iter().map(CommentBody::try_from).collect::<Result<_, _>>()?,
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
            date_of_birth: profile.date_of_birth().map(|(date, _)| Text(*date)),
            effective_name: record.effective_name(),
            status: Word(record.status),
            portrait_image_url: profile
                .portrait_image_url()
                .map(|(url, _)| PortraitUrl::as_str(url)),
            session_count: record.counters.session_count,
            approved_count: record.counters.approved_count,
            declined_count: record.counters.declined_count,
            in_review_count: record.counters.in_review_count,
            issuing_states: profile.issuing_states().into_iter().copied().map(Word).collect(),
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

/// The result of a deletion.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deletion")]
pub(crate) struct DeletionBody<'a> {
    pub(super) deleted: u64,
    /// The `vendor_data` of users that were not deleted because they are under legal hold; present if there are any.
    /// With `delete_all`, the first thousand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = Deletion::MOST_HELD_NAMED))]
    pub(super) held: Vec<&'a str>,
    /// Present if the time ran out, or the database became unavailable, after some users were deleted. A
    /// repeated request continues.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) remaining: bool,
}
