//! In which order a destination is told.

use crate::model::digest::digest_of;
use crate::model::{ApplicationId, InvalidValue, VendorData};

/// What a destination is promised about order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryOrdering {
    /// The events of one user arrive in the order of their `sequence`; users do not wait for each other.
    PerUser,
    /// Nothing: every event is sent as soon as it can be.
    None,
}

impl DeliveryOrdering {
    /// Every ordering.
    pub const ALL: [Self; 2] = [Self::PerUser, Self::None];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PerUser => "per_user",
            Self::None => "none",
        }
    }

    /// Reads the word of the API, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|ordering| ordering.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// Events with the same key are delivered one after the other. It follows from the name a client gave a user, not from
/// the user, so the end of one user and the start of the next one of that name stay in order. Two names may share a key:
/// they then wait for each other, and nothing worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderingKey(i64);

impl OrderingKey {
    /// The key of everybody who has this name in this application.
    #[must_use]
    pub fn of(application: ApplicationId, vendor_data: &VendorData) -> Self {
        let digest = digest_of(&[
            b"users/ordering",
            application.uuid().as_bytes(),
            vendor_data.as_str().as_bytes(),
        ]);
        let number = digest
            .first_chunk()
            .map_or(0, |bytes| i64::from_be_bytes(*bytes));
        Self(number)
    }

    /// As it is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}
