//! The identity in a session report.

use chrono::NaiveDate;
use users_domain::model::evidence::{Identity, PortraitUrl};
use users_domain::model::{CountryCode, DateOfBirth, FullName, InvalidValue};
use users_domain::rules::Patch;

use crate::http::error::FieldErrors;
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, Members};

/// Reads the object. Errors are recorded as `identity.member`.
pub(super) fn read(
    sent: Patch<Members>,
    today: NaiveDate,
    errors: &mut FieldErrors,
    ignored: &mut Ignored,
) -> Identity {
    let mut fields = Fields::new(sent.value().unwrap_or_default());
    let identity = Identity {
        full_name: one(&mut fields, "full_name", FullName::parse),
        date_of_birth: one(&mut fields, "date_of_birth", |text| DateOfBirth::parse(&text, today)),
        issuing_state: one(&mut fields, "issuing_state", |text| CountryCode::parse(&text)),
        portrait_image_url: one(&mut fields, "portrait_image_url", PortraitUrl::parse),
    };
    errors.add_within("identity", fields.ignore_rest_within("identity", ignored));
    identity
}

fn one<T>(
    fields: &mut Fields,
    name: &str,
    parse: impl FnOnce(String) -> Result<T, InvalidValue>,
) -> Option<T> {
    let text = fields.text(name).value()?;
    fields.errors.keep(name, parse(text))
}
