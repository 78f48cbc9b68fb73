//! The members that only bodies about users have, and that create and update share.

use chrono::NaiveDate;
use users_domain::model::{
    CountryCode, DateOfBirth, DisplayName, Email, FullName, InvalidValue, Json, JsonObject,
    LengthUnit, Metadata, Phone, Reason, TagName, UserStatus, UserTag,
};
use users_domain::rules::Patch;

use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Entries, Fields, text_of};

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
    pub(super) fn read(fields: &mut Fields<'_>, today: NaiveDate, max: usize) -> Self {
        let display_name = fields.text_within("display_name", DisplayName::MAX_CHARACTERS);
        let full_name = fields.text_within("full_name", FullName::MAX_CHARACTERS);
        let date_of_birth = fields.text("date_of_birth");
        let tags = fields.tags();
        let errors = &mut fields.errors;
        Self {
            display_name: display_name
                .and_then(|text| errors.keep("display_name", DisplayName::parse(text))),
            full_name: full_name.and_then(|text| errors.keep("full_name", FullName::parse(text))),
            date_of_birth: date_of_birth
                .and_then(|text| errors.keep("date_of_birth", DateOfBirth::parse(&text, today))),
            tags: tags.and_then(|entries| {
                Some(fields.distinct(entries, "tags", TagName::parse, PartialEq::eq))
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
    fields: &mut Fields<'_>,
    name: &str,
    max: usize,
    parse: impl Fn(String) -> Result<T, InvalidValue>,
    is_same: fn(&T, &T) -> bool,
) -> Patch<Vec<T>> {
    let sent = fields.texts_or_keys(name, max);
    sent.and_then(|entries| Some(fields.distinct(entries, name, parse, is_same)))
}

/// The error for a tag in neither of its two forms.
const NOT_A_TAG: &str = "Expected a name, or an object with a name.";

/// The most values in metadata. A value has at least 2 bytes (`0,`), so valid metadata has no more.
const MAX_METADATA_VALUES: usize = Metadata::MAX_BYTES / 2;

/// The members of a shown tag, of which only the name is read.
const OF_A_TAG: [&str; 7] =
    ["name", "uuid", "color", "tag", "added_by_email", "added_by_name", "created_at"];

impl Fields<'_> {
    /// Reads the metadata, an object with arbitrary members.
    fn metadata(&mut self) -> Patch<JsonObject> {
        let name = "metadata";
        let Some(sent) = self.take(name) else {
            return Patch::Absent;
        };
        match sent.json(MAX_METADATA_VALUES) {
            Ok(Json::Null) => Patch::Clear,
            Ok(Json::Object(object)) => Patch::Set(object),
            _ if sent.type_name() != "dict" => self.refuse(name, messages::METADATA_NOT_AN_OBJECT),
            Ok(_) | Err(InvalidValue::TooMany { .. }) => {
                let text = messages::too_long(Metadata::MAX_BYTES, LengthUnit::Bytes);
                self.refuse(name, &text)
            }
            Err(reason) => self.refuse(name, &messages::text(&reason)),
        }
    }

    /// Reads a status; `unknown` returns the error message for another value.
    pub(super) fn status(&mut self, unknown: fn(&str) -> String) -> Patch<UserStatus> {
        let name = "status";
        let Some(sent) = self.take(name) else {
            return Patch::Absent;
        };
        match sent.json(1) {
            Ok(Json::Null) => self.refuse(name, messages::NULL),
            Ok(Json::String(word)) => UserStatus::parse(&word)
                .map_or_else(|_| self.refuse(name, &unknown(&word)), Patch::Set),
            _ => self.refuse(name, &unknown(sent.text())),
        }
    }

    /// Reads a list of tags, by name or as shown, or the keys of an object, which older clients send.
    fn tags(&mut self) -> Patch<Entries> {
        self.list_or_keys("tags", UserTag::MAX_PER_USER, |entry, ignored| match entry.members() {
            Some(tag) => {
                for name in tag.keys().filter(|name| !OF_A_TAG.contains(&name.as_str())) {
                    ignored.unknown(&format!("tags.{name}"));
                }
                (tag.get("name").ok_or(NOT_A_TAG))
                    .and_then(|name| text_of(name).map_err(|_| NOT_A_TAG))
            }
            None => text_of(entry),
        })
    }
}

/// Parses the reason of a status change. Forms send an empty text for empty inputs.
pub(super) fn parse_reason(sent: Patch<String>, errors: &mut FieldErrors) -> Option<Reason> {
    let text = sent.value().filter(|text| !text.is_empty())?;
    errors.keep("reason", Reason::parse(text))
}
