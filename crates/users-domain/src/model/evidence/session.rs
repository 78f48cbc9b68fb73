//! Verification sessions.

use super::{Identity, Revised, Revision, SentDigest, SessionId};
use crate::model::names::{check_short_text, text};
use crate::model::words::words;
use crate::model::{Email, Features, InvalidValue, Phone, Timestamp, VendorData};

words!(
    /// Status of a session (docs/API.md).
    SessionStatus {
        /// Created, not started.
        NotStarted = "Not Started",
        /// The person is completing it.
        InProgress = "In Progress",
        /// Waits for an action of the person.
        AwaitingUser = "Awaiting User",
        /// Waits for the decision of an analyst.
        InReview = "In Review",
        /// Passed.
        Approved = "Approved",
        /// Failed.
        Declined = "Declined",
        /// The person must repeat parts of it.
        Resubmitted = "Resubmitted",
        /// The person did not complete it.
        Abandoned = "Abandoned",
        /// Expired before completion.
        Expired = "Expired",
        /// The approval has expired.
        KycExpired = "Kyc Expired",
    }
);

text!(
    /// URL of a portrait: http or https, at most 2048 characters, stored as given and never fetched.
    PortraitUrl
);

impl PortraitUrl {
    /// Maximum length, in characters.
    pub const MAX_CHARACTERS: usize = 2048;

    /// Accepts the text unchanged.
    ///
    /// # Errors
    /// [`InvalidValue::NotAUrl`] or [`InvalidValue::TooLong`].
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        check_short_text(&text, Self::MAX_CHARACTERS).map_err(|error| match error {
            too_long @ InvalidValue::TooLong { .. } => too_long,
            _ => InvalidValue::NotAUrl,
        })?;
        let rest = ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
        let named = |rest: &str| !rest.is_empty() && !rest.starts_with('/');
        if rest.is_some_and(named) && !text.contains(char::is_whitespace) {
            Ok(Self(text))
        } else {
            Err(InvalidValue::NotAUrl)
        }
    }
}

/// The verified data that an approved session adds to the profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approval {
    /// The identity of the person.
    pub identity: Identity,
    /// Confirmed e-mail addresses, in the order given.
    pub emails: Vec<Email>,
    /// Confirmed telephone numbers, in the order given.
    pub phones: Vec<Phone>,
}

/// The whole state of a session at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRevision {
    /// The revision number.
    pub revision: Revision,
    /// The status of the session.
    pub status: SessionStatus,
    /// When the session entered this status.
    pub occurred_at: Timestamp,
    /// The checked features and their results.
    pub features: Features,
    /// `Some` for an approved session only; no other personal data is stored.
    approval: Option<Approval>,
    /// Digest of the report, if parts of the report could not be used.
    pub incomplete: Option<SentDigest>,
}

impl SessionRevision {
    /// Maximum number of e-mail addresses, and of telephone numbers, per session.
    pub const MAX_LIST_ENTRIES: usize = 50;

    /// Creates a state from a report that could be used completely. Only an approved session keeps the approval.
    #[must_use]
    pub fn new(
        revision: Revision,
        status: SessionStatus,
        occurred_at: Timestamp,
        features: Features,
        approval: Approval,
    ) -> Self {
        Self {
            revision,
            status,
            occurred_at,
            features,
            approval: (status == SessionStatus::Approved).then_some(approval),
            incomplete: None,
        }
    }

    /// The verified data, if the session is approved.
    #[must_use]
    pub const fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }
}

/// A report of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionReport {
    /// Id of the session.
    pub session: SessionId,
    /// The `vendor_data` of the user.
    pub vendor_data: VendorData,
    /// The reported state.
    pub state: SessionRevision,
    /// Digest of the report as sent.
    pub sent: SentDigest,
}

/// A stored session.
pub type Session = Revised<SessionId, SessionRevision>;

impl Session {
    /// Sort key of sessions; the greatest is the newest session.
    pub fn order(&self) -> (Timestamp, &SessionId) {
        (self.newest.occurred_at, &self.id)
    }
}

#[cfg(test)]
mod tests;
