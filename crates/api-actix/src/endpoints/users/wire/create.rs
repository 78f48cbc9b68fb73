//! The body of a create request.

use chrono::NaiveDate;
use users_domain::model::{
    CountryCode, DeclaredProfile, Email, FullName, InvalidValue, Json, JsonObject, Metadata, Phone,
    Profile, VendorData,
};
use users_domain::rules::{CreateUser, Patch};

use super::editable::Edits;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::Fields;

/// The longest first or last name, in characters: both with a space fit the limit of a full name.
pub(in crate::endpoints::users) const MAX_NAME_PART_CHARACTERS: usize =
    (FullName::MAX_CHARACTERS - 1) / 2;

/// Reads a new user, or all field errors.
pub(in crate::endpoints::users) fn read(
    mut fields: Fields<'_>,
    today: NaiveDate,
) -> Result<CreateUser, FieldErrors> {
    let vendor_data = fields.required_text("vendor_data", VendorData::parse);
    let status = fields.status(|_| messages::INVALID_STATUS.to_owned());
    let full_name = given(&mut fields, "full_name", FullName::MAX_CHARACTERS);
    let edits = Edits::read(&mut fields, today, Profile::MAX_LIST_ENTRIES);
    let full_name = name(full_name, &mut fields);
    let mut metadata = edits.metadata.value().unwrap_or_default();
    let sent = fields.text_within("email", Email::MAX_CHARACTERS);
    let check = |text: &str| Email::parse(text).map(drop);
    keep(&mut fields, "email", sent, check, ("contact", &mut metadata));
    let sent = fields.text_within("phone_number", Phone::MAX_CHARACTERS);
    let check = |text: &str| Phone::parse(text).map(drop);
    keep(&mut fields, "phone_number", sent, check, ("contact", &mut metadata));
    let sent = fields.text("country");
    let check = |text: &str| CountryCode::parse(text).map(drop);
    keep(&mut fields, "country", sent, check, ("address", &mut metadata));
    let metadata = fields.errors.keep("metadata", Metadata::new(metadata));
    fields.finish(vendor_data.zip(metadata).map(|(vendor_data, metadata)| CreateUser {
        vendor_data,
        status: status.value(),
        display_name: edits.display_name.value(),
        declared: DeclaredProfile {
            full_name,
            date_of_birth: edits.date_of_birth.value(),
            emails: edits.approved_emails.value().unwrap_or_default(),
            phones: edits.approved_phones.value().unwrap_or_default(),
            issuing_states: edits.issuing_states.value().unwrap_or_default(),
        },
        metadata,
        tags: edits.tags.value().unwrap_or_default(),
    }))
}

/// The full name, or the first and the last name, which have no effect beside a full name.
fn name(full: Option<String>, fields: &mut Fields<'_>) -> Option<FullName> {
    let mut parts = Vec::new();
    for name in ["first_name", "last_name"] {
        let Some(part) = given(fields, name, MAX_NAME_PART_CHARACTERS) else {
            continue;
        };
        if full.is_some() {
            fields.ignored.add(name);
        }
        let part = fields.errors.keep(name, FullName::parse(part));
        parts.extend(part.map(|part| part.as_str().to_owned()));
    }
    let joined = || (!parts.is_empty()).then(|| parts.join(" "));
    let name = full.or_else(joined)?;
    fields.errors.keep("full_name", FullName::parse(name))
}

/// A text. Treats null as absent, and also the empty text that forms send for empty inputs.
fn given(fields: &mut Fields<'_>, name: &str, max: usize) -> Option<String> {
    fields.text_within(name, max).value().filter(|text| !text.is_empty())
}

/// Stores a field of the reference API in its group of the metadata, over an existing value.
fn keep(
    fields: &mut Fields<'_>,
    field: &str,
    sent: Patch<String>,
    check: impl FnOnce(&str) -> Result<(), InvalidValue>,
    (group, metadata): (&str, &mut JsonObject),
) {
    let Some(text) = sent.value() else {
        return;
    };
    if fields.errors.keep(field, check(&text)).is_none() {
        return;
    }
    let members =
        metadata.entry(group.to_owned()).or_insert_with(|| Json::Object(JsonObject::new()));
    match members {
        Json::Object(members) => {
            members.insert(field.to_owned(), Json::String(text));
        }
        _ => fields.errors.add(
            field,
            format!("This field is stored in metadata.{group}, which was not sent as an object."),
        ),
    }
}
