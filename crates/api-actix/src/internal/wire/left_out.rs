//! What of a report cannot be used.

use users_domain::model::Json;
use users_domain::model::evidence::SentDigest;

use super::limits;
use crate::error::{FieldErrors, messages};
use crate::request::Members;

/// A report that could be read.
pub(in crate::internal) struct Read<T> {
    pub(in crate::internal) report: T,
    /// The members that were left out, cut or replaced, by their names.
    pub(in crate::internal) dropped: Vec<String>,
}

impl<T> Read<T> {
    /// The report, unless there is an error in what it must say. `left_out` has what is wrong with the rest of it.
    pub(super) fn of(
        report: Option<T>,
        errors: FieldErrors,
        left_out: &FieldErrors,
    ) -> Result<Self, FieldErrors> {
        let report = report.filter(|_| errors.is_empty()).ok_or(errors)?;
        let names = left_out.fields().map(messages::recognisable);
        let dropped = names.map(std::borrow::Cow::into_owned).collect();
        Ok(Self { report, dropped })
    }
}

/// What was sent as these members; null is as absent. What cannot be read is compared by its text.
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

/// The digest to keep with a report of which something is left out.
pub(super) fn incomplete(sent: SentDigest, left_out: &FieldErrors) -> Option<SentDigest> {
    (!left_out.is_empty()).then_some(sent)
}
