//! Reads reports of sessions.

use chrono::NaiveDate;
use users_domain::model::evidence::{
    Approval, Identity, PortraitUrl, SessionId, SessionReport, SessionRevision, SessionStatus,
};
use users_domain::model::{
    CountryCode, DateOfBirth, Email, Feature, FeatureStatus, Features, FullName, InvalidValue,
    Json, Phone, Timestamp,
};
use users_domain::rules::Patch;

use super::{Read, Revised, incomplete, note_replaced_time, sent};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::Members;
use crate::http::request::fields::Fields;

/// The most unknown features that a response names.
const MAX_UNKNOWN_FEATURES_NAMED: usize = 20;

/// The members with the content of a revision, without those that identify it.
const STATE: [&str; 6] =
    ["status", "occurred_at", "features", "identity", "approved_emails", "approved_phones"];

/// Reads a report, or the errors of its required members.
pub(in crate::endpoints::internal) fn read(
    mut fields: Fields<'_>,
    now: Timestamp,
) -> Result<Read<SessionReport>, FieldErrors> {
    if !is_approved(&fields.members) {
        // Only an approved session reports an identity.
        fields.take("identity");
    }
    let sent = sent(&fields.members, &STATE);
    let session = fields.required_text("session_id", SessionId::parse);
    let status = fields.required_choice("status", SessionStatus::parse);
    let revised = Revised::read(&mut fields, now);
    let errors = std::mem::take(&mut fields.errors);
    let sent_features = fields.object("features", messages::not_a_dictionary_of_items);
    let sent_identity = fields.object("identity", messages::not_a_dictionary);
    let max = SessionRevision::MAX_LIST_ENTRIES;
    let emails = fields.first_texts("approved_emails", max).value().unwrap_or_default();
    let phones = fields.first_texts("approved_phones", max).value().unwrap_or_default();
    fields.ignore_rest();
    note_replaced_time(revised.as_ref(), &mut fields.errors);
    let features = features(sent_features, &mut fields);
    let identity = identity(sent_identity, now.date(), &mut fields);
    let emails = fields.distinct(emails, "approved_emails", Email::parse, Email::is_same_as);
    let phones = fields.distinct(phones, "approved_phones", Phone::parse, PartialEq::eq);
    let left_out = fields.errors;
    let approval = Approval { identity, emails, phones };
    let report = session.zip(status).zip(revised);
    let report = report.map(|((session, status), revised)| {
        let (number, occurred_at) = (revised.revision, revised.occurred_at);
        let mut state = SessionRevision::new(number, status, occurred_at, features, approval);
        state.incomplete = incomplete(sent, &left_out);
        SessionReport { session, vendor_data: revised.vendor_data, state, sent }
    });
    Read::of(report, errors, &left_out)
}

fn is_approved(members: &Members) -> bool {
    let status = members.get("status").and_then(|sent| sent.json(1).ok());
    status.is_some_and(
        |status| matches!(status, Json::String(word) if word == SessionStatus::Approved.as_str()),
    )
}

/// The checked features and their results.
fn features(sent: Patch<Members>, report: &mut Fields<'_>) -> Features {
    let mut fields = report.within(sent);
    let mut features = Features::new();
    for feature in Feature::ALL.iter().copied() {
        match fields.choice(feature.as_str(), FeatureStatus::parse) {
            Patch::Absent => {}
            Patch::Clear => fields.errors.add(feature.as_str(), messages::NULL),
            Patch::Set(status) => {
                features.insert(feature, status);
            }
        }
    }
    for name in fields.members.keys().take(MAX_UNKNOWN_FEATURES_NAMED) {
        fields.errors.add(name, messages::not_a_choice(name));
    }
    let errors = fields.ignore_rest_within("features");
    report.errors.add_within("features", errors);
    features
}

fn identity(sent: Patch<Members>, today: NaiveDate, report: &mut Fields<'_>) -> Identity {
    let mut fields = report.within(sent);
    let identity = Identity {
        full_name: one(&mut fields, "full_name", FullName::parse),
        date_of_birth: one(&mut fields, "date_of_birth", |text| DateOfBirth::parse(&text, today)),
        issuing_state: one(&mut fields, "issuing_state", |text| CountryCode::parse(&text)),
        portrait_image_url: one(&mut fields, "portrait_image_url", PortraitUrl::parse),
    };
    let errors = fields.ignore_rest_within("identity");
    report.errors.add_within("identity", errors);
    identity
}

fn one<T>(
    fields: &mut Fields<'_>,
    name: &str,
    parse: impl FnOnce(String) -> Result<T, InvalidValue>,
) -> Option<T> {
    let text = fields.text(name).value()?;
    fields.errors.keep(name, parse(text))
}
