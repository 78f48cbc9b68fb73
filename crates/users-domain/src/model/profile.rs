//! The personal data of a user in three layers, so that declared values remain if an approval is revoked.

use std::borrow::Cow;

use super::evidence::{PortraitUrl, SessionId};
use super::words::words;
use super::{CountryCode, DateOfBirth, Email, FullName, Phone, Timestamp, UserField};

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

/// Values that clients set over verified values ([`super::VerifiedFieldsPolicy::Override`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// The full name.
    pub full_name: Option<FullName>,
    /// The date of birth.
    pub date_of_birth: Option<DateOfBirth>,
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

words!(
    /// Where a shown value comes from.
    Origin {
        /// From the client.
        Declared = "declared",
        /// From an approved session.
        Verified = "verified",
        /// Set over the verified value.
        Override = "override",
    }
);

/// Where a shown value comes from, including the session of a verified value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// Declared, verified or override.
    pub origin: Origin,
    /// The session of a verified value.
    pub source: Option<&'a VerificationSource>,
}

/// All three layers. Shown is the override, else the verified value, else the declared one; lists are combined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// From the client.
    pub declared: DeclaredProfile,
    /// From approved sessions.
    pub verified: VerifiedProfile,
    /// Set over the verified values.
    pub overrides: Overrides,
}

/// The text of a value in the API.
pub(crate) trait ShownText {
    fn shown_text(&self) -> Cow<'_, str>;
}

macro_rules! shown_text {
    ($($type:ty: $value:ident => $text:expr;)+) => {
        $(impl ShownText for $type {
            fn shown_text(&self) -> Cow<'_, str> {
                let $value = self;
                $text.into()
            }
        })+
    };
}

shown_text! {
    FullName: name => name.as_str();
    DateOfBirth: date => date.to_string();
    PortraitUrl: url => url.as_str();
    Email: email => email.as_str();
    Phone: phone => phone.as_str();
    CountryCode: country => country.alpha_3();
}

macro_rules! verified_values {
    ($($(#[$doc:meta])* $value:ident: $type:ty, $field:ident, $writer:ident;)+) => {
        /// The person's identity as found by an approved session.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Identity {
            $($(#[$doc])* pub $value: Option<$type>,)+
            /// The country that issued the document.
            pub issuing_state: Option<CountryCode>,
        }

        /// The values found by approved sessions. Each value comes from the newest approval that contains it.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct VerifiedProfile {
            $($(#[$doc])* pub $value: Option<Verified<$type>>,)+
            /// Confirmed e-mail addresses, those of the newest approval first.
            pub emails: Vec<Email>,
            /// Confirmed telephone numbers, those of the newest approval first.
            pub phones: Vec<Phone>,
            /// Countries that issued approved documents, that of the newest approval first.
            pub issuing_states: Vec<CountryCode>,
        }

        impl VerifiedProfile {
            /// Adds the single values of an approval. Values of newer approvals, which were added before, stay.
            pub(crate) fn add_older(&mut self, identity: &Identity, source: &VerificationSource) {
                $(if self.$value.is_none() {
                    self.$value = identity.$value.clone().map(|value| Verified { value, source: source.clone() });
                })+
            }

            /// The texts of the single values.
            pub(crate) fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
                [$(self.$value.as_ref().map(|found| found.value.shown_text()),)+].into_iter().flatten()
            }
        }

        impl Profile {
            /// The fields of the values that sessions verify.
            pub(crate) const VERIFIED_VALUES: [UserField; [$(stringify!($value)),+].len()] = [$(UserField::$field,)+];

            $($(#[$doc])*
            /// The shown value, and where it comes from.
            #[must_use]
            pub fn $value(&self) -> Option<(&$type, Provenance<'_>)> {
                let (overriding, declared) = verified_values!(@$writer self, $value);
                layered(overriding, self.verified.$value.as_ref(), declared)
            })+

            /// The shown text of a value that sessions verify, and where it comes from.
            pub(crate) fn verified_value(&self, field: UserField) -> Option<(Cow<'_, str>, Provenance<'_>)> {
                match field {
                    $(UserField::$field => self.$value().map(|(value, from)| (value.shown_text(), from)),)+
                    _ => None,
                }
            }
        }
    };
    (@by_clients_too $profile:ident, $value:ident) => {
        ($profile.overrides.$value.as_ref(), $profile.declared.$value.as_ref())
    };
    (@by_sessions_only $profile:ident, $value:ident) => {
        (None, None)
    };
}

// The single values that approved sessions verify: type, field, and whether clients write it too.
verified_values! {
    /// The full name.
    full_name: FullName, FullName, by_clients_too;
    /// The date of birth.
    date_of_birth: DateOfBirth, DateOfBirth, by_clients_too;
    /// The URL of the portrait.
    portrait_image_url: PortraitUrl, PortraitImageUrl, by_sessions_only;
}

impl VerifiedProfile {
    /// Maximum number of entries of each list; those of the oldest approvals are dropped first.
    pub const MAX_LIST_ENTRIES: usize = 50;
}

impl Profile {
    /// Maximum number of e-mail addresses, telephone numbers or countries that a client may declare.
    pub const MAX_LIST_ENTRIES: usize = 50;

    /// Declared addresses, then verified ones that were not declared.
    #[must_use]
    pub fn emails(&self) -> Vec<&Email> {
        combined(&self.declared.emails, &self.verified.emails, Email::is_same_as)
    }

    /// Declared numbers, then verified ones that were not declared.
    #[must_use]
    pub fn phones(&self) -> Vec<&Phone> {
        combined(&self.declared.phones, &self.verified.phones, PartialEq::eq)
    }

    /// Declared countries, then verified ones that were not declared.
    #[must_use]
    pub fn issuing_states(&self) -> Vec<&CountryCode> {
        combined(&self.declared.issuing_states, &self.verified.issuing_states, PartialEq::eq)
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
    declared.iter().chain(verified.iter().filter(is_new)).collect()
}

#[cfg(test)]
mod tests;
