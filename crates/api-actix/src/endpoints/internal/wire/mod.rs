//! Parses reports into values of the domain. Defines names, JSON types and messages; the domain's types define valid
//! values.
//!
//! Only the required members, which identify a report and its content, can cause an error. Unusable optional members
//! are left out and named.

pub(super) mod risk;
pub(super) mod session;
pub(super) mod transaction;

use std::borrow::Cow;

use users_domain::model::evidence::{Revision, SentDigest, reported_time};
use users_domain::model::{Json, Timestamp, VendorData};

use crate::http::error::{FieldErrors, messages};
use crate::http::request::Members;
use crate::http::request::fields::Fields;

/// The most values in a member that is compared by value; larger members are compared by their text.
const MAX_COMPARED_VALUES: usize = 10_000;

/// A readable report.
pub(super) struct Read<T> {
    pub(super) report: T,
    /// The names of the members that were left out, shortened or replaced.
    pub(super) dropped: Vec<String>,
}

impl<T> Read<T> {
    /// Returns the report, unless a required member has an error. `left_out` has the errors of the optional members.
    fn of(
        report: Option<T>,
        errors: FieldErrors,
        left_out: &FieldErrors,
    ) -> Result<Self, FieldErrors> {
        let report = report.filter(|_| errors.is_empty()).ok_or(errors)?;
        let names = left_out.fields().map(messages::shortened);
        let dropped = names.map(Cow::into_owned).collect();
        Ok(Self { report, dropped })
    }
}

/// The digest of these members as sent; null counts as absent. A value that cannot be parsed is compared by its text.
fn sent(members: &Members, names: &[&'static str]) -> SentDigest {
    let sent = names.iter().filter_map(|name| {
        let sent = members.get(*name)?;
        let json = sent.json(MAX_COMPARED_VALUES);
        let json = json.unwrap_or_else(|_| Json::String(sent.text().to_owned()));
        (json != Json::Null).then_some((*name, json))
    });
    let sent: Vec<_> = sent.collect();
    SentDigest::of(sent.iter().map(|(name, json)| (*name, json)))
}

/// The digest to store with a report that has unusable parts.
fn incomplete(sent: SentDigest, left_out: &FieldErrors) -> Option<SentDigest> {
    (!left_out.is_empty()).then_some(sent)
}

/// Names a time that was replaced.
fn note_replaced_time(revised: Option<&Revised>, left_out: &mut FieldErrors) {
    if revised.is_some_and(|revised| revised.is_replaced) {
        left_out.add("occurred_at", messages::TAKEN_AS_NOW);
    }
}

/// The required members other than id and status.
#[derive(Debug)]
struct Revised {
    vendor_data: VendorData,
    revision: Revision,
    occurred_at: Timestamp,
    /// Whether the time was too far ahead and is replaced by the current time.
    is_replaced: bool,
}

impl Revised {
    /// Returns `None` only after it has recorded an error.
    fn read(fields: &mut Fields<'_>, now: Timestamp) -> Option<Self> {
        let vendor_data = fields.required_text("vendor_data", VendorData::parse);
        let revision = fields.integer("revision");
        // A negative number counts as zero, which is out of range.
        let revision = fields.required(revision, "revision", |number| {
            Revision::new(u64::try_from(number).unwrap_or_default())
        });
        let sent = fields.moment("occurred_at");
        let occurred_at = fields.required(sent, "occurred_at", |sent| {
            reported_time(sent, now).map(|taken| (taken, taken != sent))
        });
        let (occurred_at, is_replaced) = occurred_at?;
        Some(Self { vendor_data: vendor_data?, revision: revision?, occurred_at, is_replaced })
    }
}
