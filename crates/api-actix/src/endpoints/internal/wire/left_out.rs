//! The unusable parts of a report.

use users_domain::model::Json;
use users_domain::model::evidence::SentDigest;

use super::limits;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::Members;

/// A readable report.
pub(in crate::endpoints::internal) struct Read<T> {
    pub(in crate::endpoints::internal) report: T,
    /// The names of the members that were left out, shortened or replaced.
    pub(in crate::endpoints::internal) dropped: Vec<String>,
}

impl<T> Read<T> {
    /// Returns the report, unless a required member has an error. `left_out` has the errors of the optional members.
    pub(super) fn of(
        report: Option<T>,
        errors: FieldErrors,
        left_out: &FieldErrors,
    ) -> Result<Self, FieldErrors> {
        let report = report.filter(|_| errors.is_empty()).ok_or(errors)?;
        let names = left_out.fields().map(messages::shortened);
        let dropped = names.map(std::borrow::Cow::into_owned).collect();
        Ok(Self { report, dropped })
    }
}

/// The digest of these members as sent; null counts as absent. A value that cannot be parsed is compared by its text.
pub(super) fn sent(members: &Members, names: &[&'static str]) -> SentDigest {
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
pub(super) fn incomplete(sent: SentDigest, left_out: &FieldErrors) -> Option<SentDigest> {
    (!left_out.is_empty()).then_some(sent)
}
