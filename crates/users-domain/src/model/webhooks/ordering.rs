//! The delivery order of events to a destination.

use crate::model::digest::digest_of;
use crate::model::words::words;
use crate::model::{ApplicationId, VendorData};

words!(
    /// The guaranteed delivery order of a destination.
    DeliveryOrdering {
        /// Events of one user are delivered in the order of their `sequence`; users do not block each other.
        PerUser = "per_user",
        /// No guaranteed order: every event is sent as soon as possible.
        None = "none",
    }
);

/// Events with the same key are delivered one after the other. The key derives from `vendor_data`, not from the user
/// id, so the events of a deleted user and of its successor with the same `vendor_data` stay in order. Two different
/// `vendor_data` can share a key; their events then wait for each other without further effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderingKey(i64);

impl OrderingKey {
    /// The key of all users with this `vendor_data` in this application.
    #[must_use]
    pub fn of(application: ApplicationId, vendor_data: &VendorData) -> Self {
        let digest = digest_of(&[
            b"users/ordering",
            application.uuid().as_bytes(),
            vendor_data.as_str().as_bytes(),
        ]);
        let number = digest.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        Self(number)
    }

    /// The number to store.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}
