//! The members that reports of sessions and transactions share.

use users_domain::model::evidence::{Revision, reported_time};
use users_domain::model::{Timestamp, VendorData};

use crate::http::request::fields::{Fields, required};

/// The required members other than id and status.
#[derive(Debug)]
pub(super) struct Revised {
    pub(super) vendor_data: VendorData,
    pub(super) revision: Revision,
    pub(super) occurred_at: Timestamp,
    /// Whether the time was too far ahead and is replaced by the current time.
    pub(super) is_replaced: bool,
}

impl Revised {
    /// Returns `None` only after it has recorded an error.
    pub(super) fn read(fields: &mut Fields, now: Timestamp) -> Option<Self> {
        let vendor_data = fields.required_text("vendor_data", VendorData::parse);
        let revision = fields.integer("revision");
        // A negative number counts as zero, which is out of range.
        let revision = required(revision, "revision", &mut fields.errors, |number| {
            Revision::new(u64::try_from(number).unwrap_or_default())
        });
        let sent = fields.moment("occurred_at");
        let occurred_at = required(sent, "occurred_at", &mut fields.errors, |sent| {
            reported_time(sent, now).map(|taken| (taken, taken != sent))
        });
        let (occurred_at, is_replaced) = occurred_at?;
        Some(Self { vendor_data: vendor_data?, revision: revision?, occurred_at, is_replaced })
    }
}
