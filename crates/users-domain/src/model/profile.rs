//! The personal data of a user in three layers: declared, verified and overriding values. The layers are stored
//! separately, so that the declared values remain if an approval is revoked.

use super::evidence::{PortraitUrl, SessionId};
use super::{CountryCode, DateOfBirth, Email, FullName, Phone, Timestamp};

/// The values declared by the client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclaredProfile {
    /// The full name.
    pub full_name: Option<FullName>,
    /// The date of birth.
    pub date_of_birth: Option<DateOfBirth>,
    /// E-mail addresses, in the order given.
    pub emails: Vec<Email>,
    /// Telephone numbers, in the order given.
    pub phones: Vec<Phone>,
    /// Countries that issued documents, in the order given.
    pub issuing_states: Vec<CountryCode>,
}

/// The session that a verified value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationSource {
    /// The session.
    pub session: SessionId,
    /// When it was approved.
    pub at: Timestamp,
}

/// A verified value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    /// The value.
    pub value: T,
    /// The session that found it.
    pub source: VerificationSource,
}

/// The values found by approved sessions. Each value comes from the newest approval that contains it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifiedProfile {
    /// The full name.
    pub full_name: Option<Verified<FullName>>,
    /// The date of birth.
    pub date_of_birth: Option<Verified<DateOfBirth>>,
    /// The URL of the portrait.
    pub portrait_image_url: Option<Verified<PortraitUrl>>,
    /// Confirmed e-mail addresses, those of the newest approval first.
    pub emails: Vec<Email>,
    /// Confirmed telephone numbers, those of the newest approval first.
    pub phones: Vec<Phone>,
    /// Countries that issued approved documents, that of the newest approval first.
    pub issuing_states: Vec<CountryCode>,
}

impl VerifiedProfile {
    /// Maximum number of e-mail addresses, telephone numbers or countries; entries of the oldest approvals are dropped
    /// first.
    pub const MAX_LIST_ENTRIES: usize = 50;
}

/// Values that clients set over verified values ([`super::VerifiedFieldsPolicy::Override`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// The full name.
    pub full_name: Option<FullName>,
    /// The date of birth.
    pub date_of_birth: Option<DateOfBirth>,
}

/// Where a shown value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the client.
    Declared,
    /// From an approved session.
    Verified,
    /// Set over the verified value.
    Override,
}

impl Origin {
    /// The value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Verified => "verified",
            Self::Override => "override",
        }
    }
}

/// Where a shown value comes from, including the session of a verified value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// Declared, verified or override.
    pub origin: Origin,
    /// The session of a verified value.
    pub source: Option<&'a VerificationSource>,
}

/// All three layers. The shown value is the override, else the verified value, else the declared value; shown lists
/// combine declared and verified entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// From the client.
    pub declared: DeclaredProfile,
    /// From approved sessions.
    pub verified: VerifiedProfile,
    /// Set over the verified values.
    pub overrides: Overrides,
}

impl Profile {
    /// Maximum number of e-mail addresses, telephone numbers or countries that a client may declare.
    pub const MAX_LIST_ENTRIES: usize = 50;

    /// The shown name and where it comes from.
    #[must_use]
    pub fn full_name(&self) -> Option<(&FullName, Provenance<'_>)> {
        layered(
            self.overrides.full_name.as_ref(),
            self.verified.full_name.as_ref(),
            self.declared.full_name.as_ref(),
        )
    }

    /// The shown date of birth and where it comes from.
    #[must_use]
    pub fn date_of_birth(&self) -> Option<(DateOfBirth, Provenance<'_>)> {
        layered(
            self.overrides.date_of_birth.as_ref(),
            self.verified.date_of_birth.as_ref(),
            self.declared.date_of_birth.as_ref(),
        )
        .map(|(date, provenance)| (*date, provenance))
    }

    /// The URL of the shown portrait and the session that it comes from.
    #[must_use]
    pub fn portrait_image_url(&self) -> Option<(&PortraitUrl, Provenance<'_>)> {
        layered(None, self.verified.portrait_image_url.as_ref(), None)
    }

    /// Declared addresses, then verified ones that were not declared.
    #[must_use]
    pub fn emails(&self) -> Vec<&Email> {
        combined(
            &self.declared.emails,
            &self.verified.emails,
            Email::is_same_as,
        )
    }

    /// Declared numbers, then verified ones that were not declared.
    #[must_use]
    pub fn phones(&self) -> Vec<&Phone> {
        combined(&self.declared.phones, &self.verified.phones, PartialEq::eq)
    }

    /// Declared countries, then verified ones that were not declared.
    #[must_use]
    pub fn issuing_states(&self) -> Vec<&CountryCode> {
        combined(
            &self.declared.issuing_states,
            &self.verified.issuing_states,
            PartialEq::eq,
        )
    }
}

fn layered<'a, T>(
    overriding: Option<&'a T>,
    verified: Option<&'a Verified<T>>,
    declared: Option<&'a T>,
) -> Option<(&'a T, Provenance<'a>)> {
    let of = |origin, source| Provenance { origin, source };
    overriding
        .map(|value| (value, of(Origin::Override, None)))
        .or_else(|| verified.map(|found| (&found.value, of(Origin::Verified, Some(&found.source)))))
        .or_else(|| declared.map(|value| (value, of(Origin::Declared, None))))
}

fn combined<'a, T>(
    declared: &'a [T],
    verified: &'a [T],
    is_same: fn(&T, &T) -> bool,
) -> Vec<&'a T> {
    let is_new = |entry: &&T| !declared.iter().any(|known| is_same(known, entry));
    declared
        .iter()
        .chain(verified.iter().filter(is_new))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> FullName {
        FullName::parse(text).unwrap()
    }

    #[test]
    fn an_override_hides_the_verified_value_which_hides_the_declared_one() {
        let mut profile = Profile::default();
        assert_eq!(profile.full_name(), None);
        profile.declared.full_name = Some(name("declared"));
        assert_eq!(profile.full_name().unwrap().1.origin, Origin::Declared);
        profile.verified.full_name = Some(Verified {
            value: name("verified"),
            source: VerificationSource {
                session: SessionId::parse("s").unwrap(),
                at: Timestamp::UNIX_EPOCH,
            },
        });
        assert_eq!(profile.full_name().unwrap().0.as_str(), "verified");
        profile.overrides.full_name = Some(name("override"));
        assert_eq!(profile.full_name().unwrap().1.origin, Origin::Override);
    }

    #[test]
    fn lists_show_both_layers_without_repeating_an_entry() {
        let email = |text| Email::parse(text).unwrap();
        let mut profile = Profile::default();
        profile.declared.emails = vec![email("b@x"), email("a@x")];
        profile.verified.emails = vec![email("A@x"), email("c@x")];
        let shown: Vec<_> = profile.emails().into_iter().map(Email::as_str).collect();
        assert_eq!(shown, ["b@x", "a@x", "c@x"]);
    }
}
