//! The fields that create and update share.

use chrono::NaiveDate;
use users_domain::model::{
    CountryCode, DateOfBirth, DisplayName, Email, FullName, InvalidValue, JsonObject, Phone,
    TagName,
};
use users_domain::rules::Patch;

use crate::http::request::Ignored;
use crate::http::request::fields::{Fields, distinct};

/// The values of the members. An invalid value is absent here; its error is recorded. Limits are checked here as well as
/// in the domain's types, so that oversized input is rejected before it is parsed.
#[derive(Debug, Default)]
pub(super) struct Edits {
    pub(super) display_name: Patch<DisplayName>,
    pub(super) full_name: Patch<FullName>,
    pub(super) date_of_birth: Patch<DateOfBirth>,
    pub(super) approved_emails: Patch<Vec<Email>>,
    pub(super) approved_phones: Patch<Vec<Phone>>,
    pub(super) issuing_states: Patch<Vec<CountryCode>>,
    pub(super) tags: Patch<Vec<TagName>>,
    pub(super) metadata: Patch<JsonObject>,
}

impl Edits {
    /// Reads the members; lists have at most `max` entries.
    pub(super) fn read(
        fields: &mut Fields,
        today: NaiveDate,
        max: usize,
        ignored: &mut Ignored,
    ) -> Self {
        let display_name = fields.text_within("display_name", DisplayName::MAX_CHARACTERS);
        let full_name = fields.text_within("full_name", FullName::MAX_CHARACTERS);
        let date_of_birth = fields.text("date_of_birth");
        let tags = fields.tags(ignored);
        let errors = &mut fields.errors;
        Self {
            display_name: display_name
                .and_then(|text| errors.keep("display_name", DisplayName::parse(text))),
            full_name: full_name.and_then(|text| errors.keep("full_name", FullName::parse(text))),
            date_of_birth: date_of_birth
                .and_then(|text| errors.keep("date_of_birth", DateOfBirth::parse(&text, today))),
            tags: tags.and_then(|entries| {
                Some(distinct(entries, "tags", errors, TagName::parse, PartialEq::eq))
            }),
            approved_emails: list(fields, "approved_emails", max, Email::parse, Email::is_same_as),
            approved_phones: list(fields, "approved_phones", max, Phone::parse, PartialEq::eq),
            issuing_states: list(
                fields,
                "issuing_states",
                max,
                |text| CountryCode::parse(&text),
                PartialEq::eq,
            ),
            metadata: fields.metadata(),
        }
    }
}

/// Drops repeated entries, e-mail addresses regardless of case.
fn list<T>(
    fields: &mut Fields,
    name: &str,
    max: usize,
    parse: impl Fn(String) -> Result<T, InvalidValue>,
    is_same: fn(&T, &T) -> bool,
) -> Patch<Vec<T>> {
    let sent = fields.texts_or_keys(name, max);
    sent.and_then(|entries| Some(distinct(entries, name, &mut fields.errors, parse, is_same)))
}
