//! The members that reports of sessions and transactions share.

use users_domain::model::evidence::{Revision, reported_time};
use users_domain::model::{InvalidValue, Timestamp, VendorData};
use users_domain::rules::Patch;

use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Fields, required};

/// The members with checked types; their values are not validated yet.
#[derive(Debug)]
pub(super) struct RevisionFields {
    vendor_data: Patch<String>,
    revision: Patch<i64>,
    occurred_at: Patch<Timestamp>,
}

/// The parsed members.
#[derive(Debug)]
pub(super) struct RevisionValues {
    pub(super) vendor_data: VendorData,
    pub(super) revision: Revision,
    pub(super) occurred_at: Timestamp,
}

impl RevisionFields {
    pub(super) fn take(fields: &mut Fields) -> Self {
        Self {
            vendor_data: fields.text("vendor_data"),
            revision: fields.integer("revision"),
            occurred_at: fields.moment("occurred_at"),
        }
    }

    /// Returns `None` only after it has recorded an error. Records a time too far ahead in `left_out` and replaces it
    /// by the current time.
    pub(super) fn parse(
        self,
        now: Timestamp,
        errors: &mut FieldErrors,
        left_out: &mut FieldErrors,
    ) -> Option<RevisionValues> {
        let vendor_data = required(self.vendor_data, "vendor_data", errors, VendorData::parse);
        let revision = required(self.revision, "revision", errors, revision);
        let name = "occurred_at";
        let occurred_at = required(self.occurred_at, name, errors, |sent| {
            let taken = reported_time(sent, now)?;
            if taken != sent {
                left_out.add(name, messages::TAKEN_AS_NOW);
            }
            Ok(taken)
        });
        Some(RevisionValues {
            vendor_data: vendor_data?,
            revision: revision?,
            occurred_at: occurred_at?,
        })
    }
}

/// Treats a negative number as zero, which is out of range.
fn revision(number: i64) -> Result<Revision, InvalidValue> {
    Revision::new(u64::try_from(number).unwrap_or_default())
}
