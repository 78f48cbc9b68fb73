//! The fields that create and update share.

use chrono::NaiveDate;
use users_domain::model::{
    CountryCode, DateOfBirth, DisplayName, Email, FullName, InvalidValue, JsonObject, Phone,
    TagName,
};
use users_domain::rules::Patch;

use crate::http::error::FieldErrors;
use crate::http::request::fields::{Entries, Fields, distinct};
use crate::http::request::{Ignored, Sent as _};

/// The members with checked types and lengths. Limits are checked here as well as in the domain's types, so that
/// oversized input is rejected before it is parsed.
#[derive(Debug, Default)]
pub(in crate::endpoints::users) struct EditableFields {
    display_name: Patch<String>,
    pub(super) full_name: Patch<String>,
    date_of_birth: Patch<String>,
    approved_emails: Patch<Entries>,
    approved_phones: Patch<Entries>,
    issuing_states: Patch<Entries>,
    tags: Patch<Entries>,
    pub(super) metadata: Patch<JsonObject>,
}

/// The parsed members. An invalid value is absent here; its error is recorded.
#[derive(Debug, Default)]
pub(in crate::endpoints::users) struct Edits {
    pub(super) display_name: Patch<DisplayName>,
    pub(super) full_name: Patch<FullName>,
    pub(super) date_of_birth: Patch<DateOfBirth>,
    pub(super) approved_emails: Patch<Vec<Email>>,
    pub(super) approved_phones: Patch<Vec<Phone>>,
    pub(super) issuing_states: Patch<Vec<CountryCode>>,
    pub(super) tags: Patch<Vec<TagName>>,
    pub(super) metadata: Patch<JsonObject>,
}

impl EditableFields {
    /// Reads the members; lists have at most `max` entries.
    pub(super) fn take(fields: &mut Fields, max: usize, ignored: &mut Ignored) -> Self {
        Self {
            display_name: fields.text_within("display_name", DisplayName::MAX_CHARACTERS),
            full_name: fields.text_within("full_name", FullName::MAX_CHARACTERS),
            date_of_birth: fields.text("date_of_birth"),
            approved_emails: fields.texts_or_keys("approved_emails", max),
            approved_phones: fields.texts_or_keys("approved_phones", max),
            issuing_states: fields.texts_or_keys("issuing_states", max),
            tags: fields.tags(ignored),
            metadata: fields.metadata(),
        }
    }

    pub(super) fn parse(self, today: NaiveDate, errors: &mut FieldErrors) -> Edits {
        Edits {
            display_name: one(self.display_name, "display_name", errors, DisplayName::parse),
            full_name: one(self.full_name, "full_name", errors, FullName::parse),
            date_of_birth: one(self.date_of_birth, "date_of_birth", errors, |text| {
                DateOfBirth::parse(&text, today)
            }),
            approved_emails: many(
                self.approved_emails,
                "approved_emails",
                errors,
                Email::parse,
                Email::is_same_as,
            ),
            approved_phones: many(
                self.approved_phones,
                "approved_phones",
                errors,
                Phone::parse,
                PartialEq::eq,
            ),
            issuing_states: many(
                self.issuing_states,
                "issuing_states",
                errors,
                |text| CountryCode::parse(&text),
                PartialEq::eq,
            ),
            tags: many(self.tags, "tags", errors, TagName::parse, PartialEq::eq),
            metadata: self.metadata,
        }
    }
}

fn one<T>(
    sent: Patch<String>,
    name: &str,
    errors: &mut FieldErrors,
    parse: impl Fn(String) -> Result<T, InvalidValue>,
) -> Patch<T> {
    sent.patch(|text| errors.keep(name, parse(text)))
}

/// Drops repeated entries, e-mail addresses regardless of case.
fn many<T>(
    sent: Patch<Entries>,
    name: &str,
    errors: &mut FieldErrors,
    parse: impl Fn(String) -> Result<T, InvalidValue>,
    is_same: fn(&T, &T) -> bool,
) -> Patch<Vec<T>> {
    sent.patch(|entries| Some(distinct(entries, name, errors, parse, is_same)))
}
