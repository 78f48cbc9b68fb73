//! Reads reports of sessions.

use users_domain::model::evidence::{
    Approval, SessionId, SessionReport, SessionRevision, SessionStatus,
};
use users_domain::model::{Email, Feature, FeatureStatus, Features, Json, Phone, Timestamp};
use users_domain::rules::Patch;

use super::revisions::Revised;
use super::{Read, identity, incomplete, limits, note_replaced_time, sent};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Fields, distinct};
use crate::http::request::{Ignored, Members};

/// The members with the content of a revision, without those that identify it.
const STATE: [&str; 6] =
    ["status", "occurred_at", "features", "identity", "approved_emails", "approved_phones"];

/// Reads a report, or the errors of its required members. Adds unknown members to `ignored`.
pub(in crate::endpoints::internal) fn read(
    mut members: Members,
    now: Timestamp,
    ignored: &mut Ignored,
) -> Result<Read<SessionReport>, FieldErrors> {
    if !is_approved(&members) {
        // Only an approved session reports an identity.
        members.remove("identity");
    }
    let sent = sent(&members, &STATE);
    let mut fields = Fields::new(members);
    let session = fields.required_text("session_id", SessionId::parse);
    let status = fields.required_choice("status", SessionStatus::parse);
    let revised = Revised::read(&mut fields, now);
    let errors = fields.take_errors();
    let sent_features = fields.object("features", messages::not_a_dictionary_of_items);
    let identity = fields.object("identity", messages::not_a_dictionary);
    let emails = fields.first_texts("approved_emails", limits::ENTRIES).value().unwrap_or_default();
    let phones = fields.first_texts("approved_phones", limits::ENTRIES).value().unwrap_or_default();
    let mut left_out = fields.ignore_rest(ignored);
    note_replaced_time(revised.as_ref(), &mut left_out);
    let features = features(sent_features, &mut left_out, ignored);
    let identity = identity::read(identity, now.date(), &mut left_out, ignored);
    let name = "approved_emails";
    let emails = distinct(emails, name, &mut left_out, Email::parse, Email::is_same_as);
    let name = "approved_phones";
    let phones = distinct(phones, name, &mut left_out, Phone::parse, PartialEq::eq);
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
fn features(sent: Patch<Members>, errors: &mut FieldErrors, ignored: &mut Ignored) -> Features {
    let mut fields = Fields::new(sent.value().unwrap_or_default());
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
    let unknown = fields.names();
    for name in unknown.iter().take(limits::UNKNOWN_FEATURES_NAMED) {
        fields.errors.add(name, messages::not_a_choice(name));
    }
    errors.add_within("features", fields.ignore_rest_within("features", ignored));
    features
}
