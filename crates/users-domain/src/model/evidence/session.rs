//! Verification sessions.

use super::{Revision, SentDigest, SessionId, TimeSpan};
use crate::model::features::words;
use crate::model::names::check_short_text;
use crate::model::{
    CountryCode, DateOfBirth, Email, Features, FullName, InvalidValue, Phone, Timestamp, VendorData,
};

words!(
    /// Where a session stands (docs/API.md).
    SessionStatus {
        /// Made, not begun.
        NotStarted = "Not Started",
        /// The person is at it.
        InProgress = "In Progress",
        /// The person has to do something first.
        AwaitingUser = "Awaiting User",
        /// An analyst decides.
        InReview = "In Review",
        /// Passed.
        Approved = "Approved",
        /// Failed.
        Declined = "Declined",
        /// Parts are to be done again.
        Resubmitted = "Resubmitted",
        /// The person left.
        Abandoned = "Abandoned",
        /// Its time was over before it ended.
        Expired = "Expired",
        /// It was approved, and that holds no longer.
        KycExpired = "Kyc Expired",
    }
);

/// Where a portrait is: an http or https URL of at most 2048 characters, kept as given and never called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortraitUrl(String);

impl PortraitUrl {
    /// The longest accepted URL, in characters.
    pub const MAX_CHARACTERS: usize = 2048;

    /// Accepts the text exactly as it is.
    ///
    /// # Errors
    /// [`InvalidValue::NotAUrl`] or [`InvalidValue::TooLong`].
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        check_short_text(&text, Self::MAX_CHARACTERS).map_err(|error| match error {
            too_long @ InvalidValue::TooLong { .. } => too_long,
            _ => InvalidValue::NotAUrl,
        })?;
        let rest = ["https://", "http://"]
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let named = |rest: &str| !rest.is_empty() && !rest.starts_with('/');
        if rest.is_some_and(named) && !text.contains(char::is_whitespace) {
            Ok(Self(text))
        } else {
            Err(InvalidValue::NotAUrl)
        }
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an approved session found out about the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The whole name.
    pub full_name: Option<FullName>,
    /// The date of birth.
    pub date_of_birth: Option<DateOfBirth>,
    /// The country that issued the document.
    pub issuing_state: Option<CountryCode>,
    /// Where the portrait is.
    pub portrait_image_url: Option<PortraitUrl>,
}

/// What an approval brings to the profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approval {
    /// Who the person is.
    pub identity: Identity,
    /// Confirmed e-mail addresses, in the order given.
    pub emails: Vec<Email>,
    /// Confirmed telephone numbers, in the order given.
    pub phones: Vec<Phone>,
}

/// The whole state of a session at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRevision {
    /// Which.
    pub revision: Revision,
    /// Where the session stands.
    pub status: SessionStatus,
    /// When it came to stand there.
    pub occurred_at: Timestamp,
    /// What was checked, and how that ended.
    pub features: Features,
    /// Only of an approved session; nothing else is kept about the person.
    approval: Option<Approval>,
    /// What was sent, where not all of it could be used.
    pub incomplete: Option<SentDigest>,
}

impl SessionRevision {
    /// The most e-mail addresses or telephone numbers of one session.
    pub const MAX_LIST_ENTRIES: usize = 50;

    /// A state, of which all that was sent could be used. The approval is dropped unless the status is [`SessionStatus::Approved`].
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

    /// What it brings to the profile, if it is approved.
    #[must_use]
    pub const fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }
}

/// What a service says about a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionReport {
    /// Which session.
    pub session: SessionId,
    /// Whose.
    pub vendor_data: VendorData,
    /// Its state.
    pub state: SessionRevision,
    /// What was sent of it.
    pub sent: SentDigest,
}

/// A kept session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Its newest state.
    pub newest: SessionRevision,
    /// The times of all its revisions that were ever reported, stale ones too.
    pub seen: TimeSpan,
}

impl Session {
    /// What sessions are ordered by where the newest counts.
    #[must_use]
    pub fn order(&self) -> (Timestamp, &SessionId) {
        (self.newest.occurred_at, &self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portrait_is_at_a_web_address() {
        for text in ["https://cdn.example/a.jpg?x=1", "http://h"] {
            assert_eq!(PortraitUrl::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "portrait",
            "https://",
            "https:///x",
            "ftp://h/x",
            "https://a b",
            "https://a\0",
        ] {
            assert_eq!(
                PortraitUrl::parse(text),
                Err(InvalidValue::NotAUrl),
                "{text}"
            );
        }
        assert!(matches!(
            PortraitUrl::parse(format!("https://h/{}", "x".repeat(2048))),
            Err(InvalidValue::TooLong { max: 2048, .. })
        ));
    }

    #[test]
    fn only_an_approved_session_keeps_who_the_person_is() {
        for status in SessionStatus::ALL {
            let state = SessionRevision::new(
                Revision::new(1).unwrap(),
                *status,
                Timestamp::UNIX_EPOCH,
                Features::new(),
                Approval::default(),
            );
            let approved = *status == SessionStatus::Approved;
            assert_eq!(state.approval().is_some(), approved, "{status:?}");
        }
    }
}
