//! Reads reports of sessions.

use users_domain::model::evidence::{
    Approval, SessionId, SessionReport, SessionRevision, SessionStatus,
};
use users_domain::model::{Email, Feature, FeatureStatus, Features, Json, Phone, Timestamp};
use users_domain::rules::Patch;

use super::left_out::{Read, incomplete, sent};
use super::revisions::RevisionFields;
use super::{identity, limits};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Entries, Fields, distinct, required};
use crate::http::request::{Ignored, Members, Sent as _};

/// The members with the content of a revision, without those that identify it.
const STATE: [&str; 6] =
    ["status", "occurred_at", "features", "identity", "approved_emails", "approved_phones"];

/// The optional members with checked types; their values are not validated yet.
struct Rest {
    features: Patch<Members>,
    identity: Patch<Members>,
    approved_emails: Patch<Entries>,
    approved_phones: Patch<Entries>,
}

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
    let session = fields.text("session_id");
    let status = fields.choice("status", SessionStatus::parse);
    let revision = RevisionFields::take(&mut fields);
    let mut errors = fields.take_errors();
    let rest = Rest {
        features: fields.object("features", messages::not_a_dictionary_of_items),
        identity: fields.object("identity", messages::not_a_dictionary),
        approved_emails: fields.first_texts("approved_emails", limits::ENTRIES),
        approved_phones: fields.first_texts("approved_phones", limits::ENTRIES),
    };
    let mut left_out = fields.ignore_rest(ignored);

    let session = required(session, "session_id", &mut errors, SessionId::parse);
    let status = required(status, "status", &mut errors, Ok);
    let revision = revision.parse(now, &mut errors, &mut left_out);
    let (features, approval) = rest.parse(now, &mut left_out, ignored);
    let report = session.zip(status).zip(revision);
    let report = report.map(|((session, status), revision)| {
        let (number, occurred_at) = (revision.revision, revision.occurred_at);
        let mut state = SessionRevision::new(number, status, occurred_at, features, approval);
        state.incomplete = incomplete(sent, &left_out);
        SessionReport { session, vendor_data: revision.vendor_data, state, sent }
    });
    Read::of(report, errors, &left_out)
}

fn is_approved(members: &Members) -> bool {
    let status = members.get("status").and_then(|sent| sent.json(1).ok());
    status.is_some_and(
        |status| matches!(status, Json::String(word) if word == SessionStatus::Approved.as_str()),
    )
}

impl Rest {
    fn parse(
        self,
        now: Timestamp,
        errors: &mut FieldErrors,
        ignored: &mut Ignored,
    ) -> (Features, Approval) {
        let features = features(self.features, errors, ignored);
        let identity = identity::read(self.identity, now.date(), errors, ignored);
        let name = "approved_emails";
        let emails = self.approved_emails.value().unwrap_or_default();
        let emails = distinct(emails, name, errors, Email::parse, Email::is_same_as);
        let name = "approved_phones";
        let phones = self.approved_phones.value().unwrap_or_default();
        let phones = distinct(phones, name, errors, Phone::parse, PartialEq::eq);
        let approval = Approval { identity, emails, phones };
        (features, approval)
    }
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
