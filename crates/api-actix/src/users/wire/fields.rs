//! Members that only bodies about users have.

use users_domain::model::{InvalidValue, Json, JsonObject, Reason, UserStatus};

use crate::error::{FieldErrors, messages};
use crate::request::Sent;
use crate::request::fields::{Entries, Fields, text_of};

/// No name of a tag, in neither of the ways to send one.
const NOT_A_TAG: &str = "Expected a name, or an object with a name.";

impl Fields {
    /// The metadata: an object of whatever it holds.
    pub(super) fn metadata(&mut self) -> Sent<JsonObject> {
        let name = "metadata";
        match self.take(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::Object(object))) => Sent::Value(object),
            Some(Ok(_)) => self.refuse(name, messages::METADATA_NOT_AN_OBJECT),
            Some(Err(reason)) => self.refuse(name, &messages::text(&reason)),
        }
    }

    /// A status; `unknown` says what is told about anything else.
    pub(super) fn status(&mut self, unknown: impl FnOnce(&Json) -> String) -> Sent<UserStatus> {
        let name = "status";
        let sent = match self.take(name) {
            None => return Sent::Absent,
            Some(Ok(Json::Null)) => return self.refuse(name, messages::NULL),
            Some(Err(reason)) => return self.refuse(name, &messages::text(&reason)),
            Some(Ok(sent)) => sent,
        };
        match &sent {
            Json::String(word) => UserStatus::parse(word),
            _ => Err(InvalidValue::UnknownWord),
        }
        .map_or_else(|_| self.refuse(name, &unknown(&sent)), Sent::Value)
    }

    /// A list of tags, by name or as they are shown; older clients send an object, whose keys count.
    pub(super) fn tags(&mut self) -> Sent<Entries> {
        self.list_or_keys("tags", |entry| match entry {
            Json::Object(mut tag) => match tag.remove("name") {
                Some(Json::String(name)) => Ok(name),
                _ => Err(NOT_A_TAG),
            },
            other => text_of(other),
        })
    }
}

/// Why a status changes. Forms send an empty text where nothing was entered.
pub(super) fn reason(sent: Sent<String>, errors: &mut FieldErrors) -> Option<Reason> {
    let text = sent.value().filter(|text| !text.is_empty())?;
    errors.keep("reason", Reason::parse(text))
}
