//! The value of a field as the API shows it: for events, audit entries, and values that clients send back.

use super::role_matrix::sees_hold_reasons;
use crate::model::{
    Actor, Comment, DisplayName, Json, Profile, Provenance, User, UserField, UserRecord,
};

/// The shown value; `None` for comments, whose values are passed through unparsed (see `is_shown`).
pub(crate) fn shown_value(user: &User, field: UserField) -> Option<Json> {
    match field {
        UserField::Metadata => Some(user.metadata.to_json()),
        field => shown_in_record(&user.record, field),
    }
}

/// The shown value; `None` for fields that the record does not contain.
#[must_use]
pub(super) fn shown_in_record(record: &UserRecord, field: UserField) -> Option<Json> {
    let profile = &record.profile;
    let text = |text: &str| Json::String(text.to_owned());
    Some(match field {
        UserField::InternalId => text(&record.id.to_string()),
        UserField::VendorData => text(record.vendor_data.as_str()),
        UserField::DisplayName => {
            Json::optional_string(record.display_name.as_ref().map(DisplayName::as_str))
        }
        UserField::FullName | UserField::DateOfBirth | UserField::PortraitImageUrl => {
            Json::optional_string(profile.verified_value(field).map(|(text, _)| text))
        }
        UserField::EffectiveName => text(record.effective_name()),
        UserField::Status => text(record.status.as_str()),
        UserField::SessionCount => Json::count(record.counters.session_count.into()),
        UserField::ApprovedCount => Json::count(record.counters.approved_count.into()),
        UserField::DeclinedCount => Json::count(record.counters.declined_count.into()),
        UserField::InReviewCount => Json::count(record.counters.in_review_count.into()),
        UserField::IssuingStates => {
            Json::strings(profile.issuing_states().iter().map(|state| state.alpha_3()))
        }
        UserField::ApprovedEmails => {
            Json::strings(profile.emails().iter().map(|email| email.as_str()))
        }
        UserField::ApprovedPhones => {
            Json::strings(profile.phones().iter().map(|phone| phone.as_str()))
        }
        UserField::Features => features(record),
        UserField::FeaturesList => features_list(record),
        UserField::LastSessionAt => Json::optional_string(record.activity.last_session_at),
        UserField::FirstSessionAt => Json::optional_string(record.activity.first_session_at),
        UserField::LastActivityAt => text(&record.activity.last_activity_at.to_string()),
        UserField::Tags => Json::strings(record.tags.iter().map(|tag| tag.tag.name.as_str())),
        UserField::CreatedAt => text(&record.created_at.to_string()),
        UserField::UpdatedAt => text(&record.updated_at.to_string()),
        UserField::Version => Json::count(record.version),
        UserField::LegalHold => legal_hold(record, |reason| text(reason)),
        UserField::Provenance => Json::object(Profile::VERIFIED_VALUES.map(|field| {
            let from = profile.verified_value(field).map(|(_, from)| from);
            (field.as_str(), provenance(from))
        })),
        UserField::DeletedAt => Json::optional_string(record.deleted_at),
        UserField::Metadata | UserField::Comments | UserField::Risk => return None,
    })
}

/// Whether `sent` equals the value that the API shows to this actor. Some roles do not see the reason of a legal hold.
#[must_use]
pub(super) fn is_shown(
    user: &User,
    comments: &[Comment],
    actor: &Actor,
    field: UserField,
    sent: &Json,
) -> bool {
    let sees_reason = match actor {
        Actor::Key { kind, .. } => sees_hold_reasons(*kind),
        Actor::System => true,
    };
    if field == UserField::LegalHold && !sees_reason {
        return *sent == legal_hold(&user.record, |_| Json::Null);
    }
    match shown_value(user, field) {
        Some(shown) => shown == *sent,
        None => are_shown(comments, sent),
    }
}

/// Comments never change, so it is enough to compare their ids.
fn are_shown(comments: &[Comment], sent: &Json) -> bool {
    let Json::Array(sent) = sent else {
        return false;
    };
    let id_of = |comment: &Json| match comment {
        Json::Object(members) => members.get("uuid").cloned(),
        _ => None,
    };
    sent.len() == comments.len()
        && sent
            .iter()
            .zip(comments)
            .all(|(sent, shown)| id_of(sent) == Some(Json::String(shown.id.to_string())))
}

fn features(record: &UserRecord) -> Json {
    Json::object(
        record
            .features
            .iter()
            .map(|(feature, status)| (feature.as_str(), Json::String(status.as_str().into()))),
    )
}

fn features_list(record: &UserRecord) -> Json {
    let entry = |(feature, status): (&crate::model::Feature, &crate::model::FeatureStatus)| {
        Json::object([
            ("feature", Json::String(feature.as_str().into())),
            ("status", Json::String(status.as_str().into())),
        ])
    };
    Json::Array(record.features.iter().map(entry).collect())
}

fn legal_hold(record: &UserRecord, reason: impl FnOnce(&str) -> Json) -> Json {
    record.legal_hold.as_ref().map_or(Json::Null, |hold| {
        Json::object([
            ("since", Json::String(hold.since.to_string())),
            ("reason", reason(hold.reason.as_str())),
        ])
    })
}

fn provenance(from: Option<Provenance<'_>>) -> Json {
    let Some(from) = from else { return Json::Null };
    Json::object([
        ("source", Json::String(from.origin.as_str().into())),
        ("session_id", Json::optional_string(from.source.map(|source| source.session.as_str()))),
        ("verified_at", Json::optional_string(from.source.map(|source| source.at))),
    ])
}
