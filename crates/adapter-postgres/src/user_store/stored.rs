//! The rows that the write statement receives as JSON for `jsonb_to_recordset`.

use std::collections::BTreeMap;

use serde::Serialize;
use users_domain::model::webhooks::OrderingKey;
use users_domain::model::{
    CountryCode, DisplayName, Email, Features, FullName, KeyName, Phone, Tag, Timestamp, User,
    UserEvent, UserId, UserStatus, UserTag, VerifiedProfile,
};
use users_domain::ports::EventEncoder;
use users_domain::rules::search_text::{NORMALISATION_VERSION, SearchText};

use crate::sort_key;

/// The new state of a user.
#[derive(Serialize)]
pub(super) struct StoredUser<'a> {
    /// The expected previous version; `None` for a new user.
    version_before: Option<u64>,
    /// Whether a new user requires that the last deleted user of its name was not BLOCKED.
    no_block_left: bool,
    id: String,
    vendor_data: &'a str,
    status: &'static str,
    display_name: Option<&'a str>,
    display_sort: String,
    declared_full_name: Option<&'a str>,
    declared_date_of_birth: Option<String>,
    declared_emails: Vec<&'a str>,
    declared_phones: Vec<&'a str>,
    declared_issuing_states: Vec<&'static str>,
    verified_sources: BTreeMap<&'static str, StoredSource<'a>>,
    verified_full_name: Option<&'a str>,
    verified_date_of_birth: Option<String>,
    verified_portrait_image_url: Option<&'a str>,
    verified_emails: Vec<&'a str>,
    verified_phones: Vec<&'a str>,
    verified_issuing_states: Vec<&'static str>,
    override_full_name: Option<&'a str>,
    override_date_of_birth: Option<String>,
    session_count: u32,
    approved_count: u32,
    declined_count: u32,
    in_review_count: u32,
    features: BTreeMap<&'static str, &'static str>,
    first_session_at: Option<String>,
    last_session_at: Option<String>,
    last_activity_at: String,
    tags: Vec<StoredUserTag<'a>>,
    /// `None` leaves the value unchanged, so that unchanged metadata is neither sent nor stored again.
    metadata: Option<String>,
    created_at: String,
    updated_at: String,
    deleted_at: Option<String>,
    legal_hold_since: Option<String>,
    legal_hold_reason: Option<&'a str>,
    version: u64,
    sequence: u64,
}

#[derive(Serialize)]
struct StoredUserTag<'a> {
    name: &'a str,
    added_by: Option<&'a str>,
    added_at: String,
}

impl<'a> StoredUser<'a> {
    /// The row of `user`; `before` is the state that decisions were made on.
    pub(super) fn of(user: &'a User, before: Option<&User>, no_block_left: bool) -> Self {
        let record = &user.record;
        let (declared, verified, overrides) = (
            &record.profile.declared,
            &record.profile.verified,
            &record.profile.overrides,
        );
        let metadata_changed = before.is_none_or(|before| before.metadata != user.metadata);
        Self {
            version_before: before.map(|before| before.record.version),
            no_block_left,
            id: record.id.to_string(),
            vendor_data: record.vendor_data.as_str(),
            status: record.status.as_str(),
            display_name: record.display_name.as_ref().map(DisplayName::as_str),
            display_sort: sort_key::of_display_name(record.display_name.as_ref()),
            declared_full_name: declared.full_name.as_ref().map(FullName::as_str),
            declared_date_of_birth: text(declared.date_of_birth),
            declared_emails: declared.emails.iter().map(Email::as_str).collect(),
            declared_phones: declared.phones.iter().map(Phone::as_str).collect(),
            declared_issuing_states: codes(&declared.issuing_states),
            verified_sources: sources(verified),
            verified_full_name: verified
                .full_name
                .as_ref()
                .map(|found| found.value.as_str()),
            verified_date_of_birth: text(verified.date_of_birth.as_ref().map(|found| found.value)),
            verified_portrait_image_url: verified
                .portrait_image_url
                .as_ref()
                .map(|found| found.value.as_str()),
            verified_emails: verified.emails.iter().map(Email::as_str).collect(),
            verified_phones: verified.phones.iter().map(Phone::as_str).collect(),
            verified_issuing_states: codes(&verified.issuing_states),
            override_full_name: overrides.full_name.as_ref().map(FullName::as_str),
            override_date_of_birth: text(overrides.date_of_birth),
            session_count: record.counters.session_count,
            approved_count: record.counters.approved_count,
            declined_count: record.counters.declined_count,
            in_review_count: record.counters.in_review_count,
            features: feature_words(&record.features),
            first_session_at: text(record.activity.first_session_at),
            last_session_at: text(record.activity.last_session_at),
            last_activity_at: record.activity.last_activity_at.to_string(),
            tags: record.tags.iter().map(StoredUserTag::of).collect(),
            metadata: metadata_changed.then(|| user.metadata.to_string()),
            created_at: record.created_at.to_string(),
            updated_at: record.updated_at.to_string(),
            deleted_at: text(record.deleted_at),
            legal_hold_since: text(record.legal_hold.as_ref().map(|hold| hold.since)),
            legal_hold_reason: record.legal_hold.as_ref().map(|hold| hold.reason.as_str()),
            version: record.version,
            sequence: record.sequence,
        }
    }
}

impl<'a> StoredUserTag<'a> {
    fn of(tag: &'a UserTag) -> Self {
        Self {
            name: tag.tag.name.as_str(),
            added_by: tag.added_by.as_ref().map(KeyName::as_str),
            added_at: tag.added_at.to_string(),
        }
    }
}

/// The source of a verified value.
#[derive(Serialize)]
struct StoredSource<'a> {
    session_id: &'a str,
    at: String,
}

fn sources(verified: &VerifiedProfile) -> BTreeMap<&'static str, StoredSource<'_>> {
    let named = [
        (
            "full_name",
            verified.full_name.as_ref().map(|found| &found.source),
        ),
        (
            "date_of_birth",
            verified.date_of_birth.as_ref().map(|found| &found.source),
        ),
        (
            "portrait_image_url",
            verified
                .portrait_image_url
                .as_ref()
                .map(|found| &found.source),
        ),
    ];
    named
        .into_iter()
        .filter_map(|(name, source)| {
            let source = source?;
            let at = source.at.to_string();
            let session_id = source.session.as_str();
            Some((name, StoredSource { session_id, at }))
        })
        .collect()
}

/// The status of each feature, with the API's names.
pub(super) fn feature_words(features: &Features) -> BTreeMap<&'static str, &'static str> {
    features
        .iter()
        .map(|(feature, status)| (feature.as_str(), status.as_str()))
        .collect()
}

pub(super) fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

pub(super) fn codes(countries: &[CountryCode]) -> Vec<&'static str> {
    countries.iter().map(|country| country.alpha_3()).collect()
}

/// The search text of a user.
#[derive(Serialize)]
pub(super) struct StoredSearch<'a> {
    user_id: String,
    body: &'a str,
    short_grams: Vec<String>,
    norm_version: u16,
}

impl<'a> StoredSearch<'a> {
    pub(super) fn of(user: UserId, text: &'a SearchText) -> Self {
        Self {
            user_id: user.to_string(),
            body: text.body(),
            short_grams: text.grams().into_iter().collect(),
            norm_version: NORMALISATION_VERSION,
        }
    }
}

/// A tag that a user gets.
#[derive(Serialize)]
pub(super) struct StoredTag<'a> {
    user_id: String,
    name: &'a str,
    description: &'a str,
    created_at: String,
    updated_at: String,
}

impl<'a> StoredTag<'a> {
    pub(super) fn of(user: UserId, tag: &'a Tag) -> Self {
        Self {
            user_id: user.to_string(),
            name: tag.name.as_str(),
            description: &tag.description,
            created_at: tag.created_at.to_string(),
            updated_at: tag.updated_at.to_string(),
        }
    }
}

/// An event in its stored form, with the fields of its outbox marker.
#[derive(Serialize)]
pub(super) struct StoredEvent {
    id: String,
    user_id: String,
    sequence: u64,
    order_key: i64,
    webhook_type: &'static str,
    /// The user's status before and after the change, if they differ: see the table `outbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_before: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_after: Option<&'static str>,
    created_at: String,
    changed_fields: Vec<&'static str>,
    request_id: String,
    body: String,
    timestamp_offset: usize,
}

impl StoredEvent {
    pub(super) fn of(event: &UserEvent, encoder: &dyn EventEncoder) -> Self {
        let stored = encoder.encode(event);
        let fields = event.payload.changed_fields();
        Self {
            id: event.id.to_string(),
            user_id: event.user.to_string(),
            sequence: event.sequence,
            order_key: OrderingKey::of(event.application, &event.vendor_data).number(),
            webhook_type: event.payload.webhook_type().as_str(),
            status_before: None,
            status_after: None,
            created_at: Timestamp::to_string(&event.created_at),
            changed_fields: fields.iter().map(|field| field.event_name()).collect(),
            request_id: event.request_id.as_str().to_owned(),
            body: stored.body,
            timestamp_offset: stored.timestamp_offset,
        }
    }

    /// Sets the statuses if the change moves its user between the counts.
    pub(super) fn moving(
        mut self,
        (before, after): (Option<UserStatus>, Option<UserStatus>),
    ) -> Self {
        if before != after {
            self.status_before = before.map(UserStatus::as_str);
            self.status_after = after.map(UserStatus::as_str);
        }
        self
    }
}
