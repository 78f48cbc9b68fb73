//! Members that only bodies about users have.

use users_domain::model::{
    InvalidValue, Json, JsonObject, LengthUnit, Metadata, Reason, UserStatus,
};
use users_domain::rules::Patch;

use super::limits;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::Ignored;
use crate::http::request::fields::{Entries, Fields, text_of};

/// The error for a tag in neither of its two forms.
const NOT_A_TAG: &str = "Expected a name, or an object with a name.";

/// The members of a shown tag, of which only the name is read.
const OF_A_TAG: [&str; 7] =
    ["name", "uuid", "color", "tag", "added_by_email", "added_by_name", "created_at"];

impl Fields {
    /// Reads the metadata, an object with arbitrary members.
    pub(super) fn metadata(&mut self) -> Patch<JsonObject> {
        let name = "metadata";
        let Some(sent) = self.take(name) else {
            return Patch::Absent;
        };
        match sent.json(limits::METADATA_VALUES) {
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
    pub(super) fn tags(&mut self, ignored: &mut Ignored) -> Patch<Entries> {
        self.list_or_keys("tags", limits::TAGS, |entry| match entry.members() {
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
