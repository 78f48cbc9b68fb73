//! Parses reports into values of the domain. Defines names, JSON types and messages; the domain's types define valid
//! values.
//!
//! Only the required members, which identify a report and its content, can cause an error. Unusable optional members
//! are left out and named.

mod identity;
pub(crate) mod limits;
mod revisions;
pub(super) mod risk;
pub(super) mod session;
pub(super) mod transaction;

use std::borrow::Cow;

use users_domain::model::Json;
use users_domain::model::evidence::SentDigest;

use crate::http::error::{FieldErrors, messages};
use crate::http::request::Members;
use revisions::Revised;

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
        let json = sent.json(limits::COMPARED_VALUES);
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
