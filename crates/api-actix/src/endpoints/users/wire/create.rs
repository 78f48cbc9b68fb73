//! The body of a create request.

use chrono::NaiveDate;
use users_domain::model::{
    CountryCode, DeclaredProfile, Email, FullName, InvalidValue, Json, JsonObject, Metadata, Phone,
    UserStatus, VendorData,
};
use users_domain::rules::CreateUser;
use users_domain::rules::Patch;

use super::editable::EditableFields;
use super::limits;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Fields, required};
use crate::http::request::{Ignored, Members, Sent as _};

/// The members with checked types; their values are not validated yet.
#[derive(Debug)]
struct CreateBody {
    vendor_data: Patch<String>,
    status: Patch<UserStatus>,
    first_name: Patch<String>,
    last_name: Patch<String>,
    email: Patch<String>,
    phone_number: Patch<String>,
    country: Patch<String>,
    editable: EditableFields,
}

/// Reads a new user, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::users) fn read(
    members: Members,
    today: NaiveDate,
    ignored: &mut Ignored,
) -> Result<CreateUser, FieldErrors> {
    let mut fields = Fields::new(members);
    let mut body = CreateBody {
        vendor_data: fields.text("vendor_data"),
        status: fields.status(|_| messages::INVALID_STATUS.to_owned()),
        first_name: given(fields.text_within("first_name", limits::NAME_PART)),
        last_name: given(fields.text_within("last_name", limits::NAME_PART)),
        email: fields.text_within("email", Email::MAX_CHARACTERS),
        phone_number: fields.text_within("phone_number", Phone::MAX_CHARACTERS),
        country: fields.text("country"),
        editable: EditableFields::take(&mut fields, limits::ENTRIES, ignored),
    };
    body.editable.full_name = given(body.editable.full_name);
    // A full name has precedence over its parts.
    if body.editable.full_name != Patch::Absent {
        for (name, part) in [("first_name", &body.first_name), ("last_name", &body.last_name)] {
            if *part != Patch::Absent {
                ignored.add(name);
            }
        }
    }
    let mut errors = fields.ignore_rest(ignored);
    let command = body.parse(today, &mut errors);
    command.filter(|_| errors.is_empty()).ok_or(errors)
}

impl CreateBody {
    /// Returns `None` only after it has recorded an error.
    fn parse(mut self, today: NaiveDate, errors: &mut FieldErrors) -> Option<CreateUser> {
        let joined = joined(self.first_name, self.last_name, errors);
        if let (Patch::Absent, Some(name)) = (&self.editable.full_name, joined) {
            self.editable.full_name = Patch::Set(name);
        }
        let vendor_data = required(self.vendor_data, "vendor_data", errors, VendorData::parse);
        let edits = self.editable.parse(today, errors);
        let extras = [
            Extra {
                field: "email",
                group: "contact",
                sent: self.email,
                check: |text| Email::parse(text).map(drop),
            },
            Extra {
                field: "phone_number",
                group: "contact",
                sent: self.phone_number,
                check: |text| Phone::parse(text).map(drop),
            },
            Extra {
                field: "country",
                group: "address",
                sent: self.country,
                check: |text| CountryCode::parse(text).map(drop),
            },
        ];
        let mut object = edits.metadata.value().unwrap_or_default();
        for extra in extras {
            extra.keep_in(&mut object, errors);
        }
        let metadata = errors.keep("metadata", Metadata::new(object));
        Some(CreateUser {
            vendor_data: vendor_data?,
            status: self.status.value(),
            display_name: edits.display_name.value(),
            declared: DeclaredProfile {
                full_name: edits.full_name.value(),
                date_of_birth: edits.date_of_birth.value(),
                emails: edits.approved_emails.value().unwrap_or_default(),
                phones: edits.approved_phones.value().unwrap_or_default(),
                issuing_states: edits.issuing_states.value().unwrap_or_default(),
            },
            metadata: metadata?,
            tags: edits.tags.value().unwrap_or_default(),
        })
    }
}

/// Treats null as absent, and also the empty text that forms send for empty inputs.
fn given(sent: Patch<String>) -> Patch<String> {
    match sent {
        Patch::Set(text) if !text.is_empty() => Patch::Set(text),
        _ => Patch::Absent,
    }
}

/// Joins first and last name, if present.
fn joined(first: Patch<String>, last: Patch<String>, errors: &mut FieldErrors) -> Option<String> {
    let parts: Vec<String> = [("first_name", first), ("last_name", last)]
        .into_iter()
        .filter_map(|(name, part)| Some((name, part.value()?)))
        .filter_map(|(name, part)| {
            errors.keep(name, FullName::parse(part)).map(|part| part.as_str().to_owned())
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A field of the reference API that is stored in the metadata.
struct Extra {
    field: &'static str,
    group: &'static str,
    sent: Patch<String>,
    check: fn(&str) -> Result<(), InvalidValue>,
}

impl Extra {
    /// Stores the value in its group of the metadata, over an existing one.
    fn keep_in(self, metadata: &mut JsonObject, errors: &mut FieldErrors) {
        let Some(text) = self.sent.value() else {
            return;
        };
        if errors.keep(self.field, (self.check)(&text)).is_none() {
            return;
        }
        let group = metadata
            .entry(self.group.to_owned())
            .or_insert_with(|| Json::Object(JsonObject::new()));
        match group {
            Json::Object(members) => {
                members.insert(self.field.to_owned(), Json::String(text));
            }
            _ => errors.add(
                self.field,
                format!(
                    "This field is stored in metadata.{}, which was not sent as an object.",
                    self.group
                ),
            ),
        }
    }
}
