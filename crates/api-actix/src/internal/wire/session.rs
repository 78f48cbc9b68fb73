//! A report of a session.

use users_domain::model::evidence::{
    Approval, SessionId, SessionReport, SessionRevision, SessionStatus,
};
use users_domain::model::{Email, Feature, FeatureStatus, Features, JsonObject, Phone, Timestamp};

use super::identity;
use super::lists::within_limit;
use super::revisions::RevisionFields;
use crate::error::{FieldErrors, messages};
use crate::request::fields::{Entries, Fields, distinct, required};
use crate::request::{Ignored, Members, Sent};

/// By type right, and not yet more.
#[derive(Debug)]
struct SessionBody {
    session_id: Sent<String>,
    status: Sent<SessionStatus>,
    revision: RevisionFields,
    features: Sent<JsonObject>,
    identity: Sent<JsonObject>,
    approved_emails: Sent<Entries>,
    approved_phones: Sent<Entries>,
}

/// Reads a report, or all that is wrong with it. Adds to `ignored` what nobody reads.
pub(in crate::internal) fn read(
    members: Members,
    now: Timestamp,
    ignored: &mut Ignored,
) -> Result<SessionReport, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = SessionBody {
        session_id: fields.text("session_id"),
        status: fields.choice("status", SessionStatus::parse),
        revision: RevisionFields::take(&mut fields),
        features: fields.object("features", messages::not_a_dictionary_of_items),
        identity: fields.object("identity", messages::not_a_dictionary),
        approved_emails: fields.texts("approved_emails"),
        approved_phones: fields.texts("approved_phones"),
    };
    let mut errors = fields.ignore_rest(ignored);
    let report = body.parse(now, &mut errors);
    report.filter(|_| errors.is_empty()).ok_or(errors)
}

impl SessionBody {
    /// `None` only with an error noted.
    fn parse(self, now: Timestamp, errors: &mut FieldErrors) -> Option<SessionReport> {
        let session = required(self.session_id, "session_id", errors, SessionId::parse);
        let status = required(self.status, "status", errors, Ok);
        let revision = self.revision.parse(now, errors);
        let features = features(self.features, errors);
        let mut approval = Approval {
            identity: identity::read(self.identity, now.date(), errors),
            ..Approval::default()
        };
        let name = "approved_emails";
        let emails = within_limit(self.approved_emails, name, errors);
        approval.emails = distinct(emails, name, errors, Email::parse);
        let name = "approved_phones";
        let phones = within_limit(self.approved_phones, name, errors);
        approval.phones = distinct(phones, name, errors, Phone::parse);
        let revision = revision?;
        Some(SessionReport {
            session: session?,
            vendor_data: revision.vendor_data,
            state: SessionRevision::new(
                revision.revision,
                status?,
                revision.occurred_at,
                features,
                approval,
            ),
        })
    }
}

/// What was checked, and how it ended. More members than there are features are not looked at.
fn features(sent: Sent<JsonObject>, errors: &mut FieldErrors) -> Features {
    let name = "features";
    let object = sent.value().unwrap_or_default();
    if object.len() > Feature::ALL.len() {
        errors.add(name, messages::too_many(Feature::ALL.len()));
        return Features::new();
    }
    let mut fields = Fields::within(object);
    let mut features = Features::new();
    for feature in Feature::ALL.iter().copied() {
        match fields.choice(feature.as_str(), FeatureStatus::parse) {
            Sent::Absent => {}
            Sent::Null => fields.errors.add(feature.as_str(), messages::NULL),
            Sent::Value(status) => {
                features.insert(feature, status);
            }
        }
    }
    for unknown in fields.names() {
        errors.add(name, messages::not_a_choice(&unknown));
    }
    errors.add_within(name, fields.errors);
    features
}
