//! The body of a create request.

use chrono::NaiveDate;
use users_domain::model::{
    CountryCode, DeclaredProfile, Email, FullName, InvalidValue, Json, JsonObject, Metadata, Phone,
    UserStatus, VendorData,
};
use users_domain::rules::{CreateUser, Patch};
use validator::Validate;

use super::editable::EditableFields;
use super::limits;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Fields, required, validate};
use crate::http::request::{Ignored, Members, Sent};

/// The members with checked types; their values are not validated yet.
#[derive(Debug, Validate)]
struct CreateBody {
    vendor_data: Sent<String>,
    status: Sent<UserStatus>,
    #[validate(length(max = limits::NAME_PART))]
    first_name: Sent<String>,
    #[validate(length(max = limits::NAME_PART))]
    last_name: Sent<String>,
    #[validate(length(max = limits::EMAIL))]
    email: Sent<String>,
    #[validate(length(max = limits::PHONE))]
    phone_number: Sent<String>,
    country: Sent<String>,
    #[validate(nested)]
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
        first_name: given(fields.text("first_name")),
        last_name: given(fields.text("last_name")),
        email: fields.text("email"),
        phone_number: fields.text("phone_number"),
        country: fields.text("country"),
        editable: EditableFields::take(&mut fields, limits::ENTRIES, ignored),
    };
    body.editable.full_name = given(body.editable.full_name);
    // A full name has precedence over its parts.
    if body.editable.full_name != Sent::Absent {
        for (name, part) in [
            ("first_name", &body.first_name),
            ("last_name", &body.last_name),
        ] {
            if *part != Sent::Absent {
                ignored.add(name);
            }
        }
    }
    let mut errors = fields.ignore_rest(ignored);
    validate(&body, &mut errors);
    let command = body.parse(today, &mut errors);
    command.filter(|_| errors.is_empty()).ok_or(errors)
}

impl CreateBody {
    /// Returns `None` only after it has recorded an error.
    fn parse(mut self, today: NaiveDate, errors: &mut FieldErrors) -> Option<CreateUser> {
        let joined = joined(self.first_name, self.last_name, errors);
        if let (Sent::Absent, Some(name)) = (&self.editable.full_name, joined) {
            self.editable.full_name = Sent::Value(name);
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
            display_name: set(edits.display_name),
            declared: DeclaredProfile {
                full_name: set(edits.full_name),
                date_of_birth: set(edits.date_of_birth),
                emails: set(edits.approved_emails).unwrap_or_default(),
                phones: set(edits.approved_phones).unwrap_or_default(),
                issuing_states: set(edits.issuing_states).unwrap_or_default(),
            },
            metadata: metadata?,
            tags: set(edits.tags).unwrap_or_default(),
        })
    }
}

/// Treats null as absent, and also the empty text that forms send for empty inputs.
fn given(sent: Sent<String>) -> Sent<String> {
    match sent {
        Sent::Value(text) if !text.is_empty() => Sent::Value(text),
        _ => Sent::Absent,
    }
}

/// Joins first and last name, if present.
fn joined(first: Sent<String>, last: Sent<String>, errors: &mut FieldErrors) -> Option<String> {
    let parts: Vec<String> = [("first_name", first), ("last_name", last)]
        .into_iter()
        .filter_map(|(name, part)| Some((name, part.value()?)))
        .filter_map(|(name, part)| {
            errors
                .keep(name, FullName::parse(part))
                .map(|part| part.as_str().to_owned())
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A field of the reference API that is stored in the metadata.
struct Extra {
    field: &'static str,
    group: &'static str,
    sent: Sent<String>,
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

/// Treats clearing as absent, as a new user has no values.
fn set<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Absent | Patch::Clear => None,
        Patch::Set(value) => Some(value),
    }
}
