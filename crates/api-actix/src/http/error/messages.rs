//! The API's messages about values. The only place where a domain error becomes a message of the API.

use std::borrow::Cow;

use users_domain::model::{InvalidValue, LengthUnit, StatusTrigger, UserStatus};
use users_domain::rules::status_machine;

pub(crate) const REQUIRED: &str = "This field is required.";
/// An unknown parameter or member, where it is an error.
pub(crate) const UNKNOWN_FIELD: &str = "Unknown field.";
pub(crate) const NULL: &str = "This field may not be null.";
pub(crate) const BLANK: &str = "This field may not be blank.";
pub(crate) const NOT_A_STRING: &str = "Not a valid string.";
pub(crate) const NOT_A_BOOLEAN: &str = "Must be a valid boolean.";
pub(crate) const NOT_AN_INTEGER: &str = "A valid integer is required.";
/// A text that must be a time is not; a date alone is not accepted.
pub(crate) const NOT_A_MOMENT: &str =
    "Datetime has wrong format. Use RFC 3339: YYYY-MM-DDThh:mm:ssZ.";
/// A time ahead of the service's clock by more than the tolerance.
pub(crate) const TAKEN_AS_NOW: &str = "Datetime is ahead of the service's clock and taken as now.";
pub(crate) const NO_EVENTS: &str = "At least one subscribed event is required.";
pub(crate) const NOT_A_URL: &str = "Enter a valid URL.";
pub(crate) const NOT_A_PHONE: &str = "Enter at least one digit of a phone number.";
pub(crate) const NOT_A_UUID: &str = "Must be a valid UUID.";
pub(crate) const METADATA_NOT_AN_OBJECT: &str = "Metadata must be a JSON object.";
/// Not a status, on create and at the status endpoint.
pub(crate) const INVALID_STATUS: &str =
    "Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED";
/// A cursor that was changed or belongs to another list.
pub(crate) const INVALID_CURSOR: &str = "Invalid cursor.";
pub(crate) const CURSOR_AND_OFFSET: &str = "Cannot be combined with offset.";
/// A filter or an order that differs from the cursor's.
pub(crate) const DIFFERS_FROM_CURSOR: &str =
    "Must be as in the request that the cursor came from, or left out.";

/// The message for a read that exceeds its time limit, by the parameter that makes it slow.
pub(crate) fn read_too_slow(parameter: Option<&str>) -> &'static str {
    match parameter {
        Some("offset") => {
            "Users so far down the list cannot be reached in time by offset. Follow next, or pass its cursor."
        }
        Some(_) => {
            "This search takes too long. Use a longer text, or combine it with other filters."
        }
        None => "This request takes too long. Narrow it with filters or a shorter time range.",
    }
}

/// A status may not change this way; names the statuses that are allowed.
pub(crate) fn transition_refused(
    from: UserStatus,
    to: UserStatus,
    trigger: StatusTrigger,
) -> String {
    let allowed = status_machine::targets(from, trigger);
    let allowed: Vec<_> = allowed.into_iter().map(UserStatus::as_str).collect();
    let allowed = if allowed.is_empty() { "nothing" } else { &allowed.join(", ") };
    let (from, to) = (from.as_str(), to.as_str());
    format!("The status cannot change from {from} to {to}. Allowed from {from}: {allowed}.")
}

pub(crate) fn text(reason: &InvalidValue) -> String {
    let fixed = match reason {
        InvalidValue::TooLong { max, unit } => return too_long(*max, *unit),
        InvalidValue::TooMany { max } => return too_many(*max),
        InvalidValue::BeforeEarliestTime { year } => {
            return format!("Datetime may not be before {year}-01-01T00:00:00Z.");
        }
        InvalidValue::TooDeep { max } => {
            return format!("Ensure this field is nested no deeper than {max} levels.");
        }
        InvalidValue::OutOfRange { min, max } => {
            return format!("Ensure this value is between {min} and {max}.");
        }
        InvalidValue::Blank => BLANK,
        InvalidValue::ControlCharacter => "Control characters are not allowed.",
        InvalidValue::Reserved => "This value is reserved: it is part of the paths of the API.",
        InvalidValue::NotADate => {
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
        }
        InvalidValue::InTheFuture => "Date may not be in the future.",
        InvalidValue::BeforeEarliestDate => "Date may not be before 1900-01-01.",
        InvalidValue::NotATime => {
            "Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD."
        }
        InvalidValue::NotAhead => "Datetime must be in the future.",
        InvalidValue::UnknownCountry => {
            "Not a valid country. Use a code of ISO 3166-1 or of ICAO 9303-3 section 5."
        }
        InvalidValue::NotAUrl => NOT_A_URL,
        InvalidValue::NotAnEmail => "Enter a valid email address.",
        InvalidValue::NotANetwork => {
            "Not a network. Use CIDR notation without bits beyond the prefix, such as 192.0.2.0/24 or 2001:db8::/32."
        }
        InvalidValue::NumberOutOfRange => {
            "Number out of range. Use integers within ±2^53 and decimals of at most 32 characters."
        }
        InvalidValue::Malformed => "Invalid value.",
        InvalidValue::UnknownWord => "Not a valid choice.",
    };
    fixed.to_owned()
}

pub(crate) fn too_long(max: usize, unit: LengthUnit) -> String {
    let unit = match unit {
        LengthUnit::Bytes => "bytes",
        LengthUnit::Characters => "characters",
    };
    format!("Ensure this field has no more than {max} {unit}.")
}

pub(crate) fn too_many(max: usize) -> String {
    format!("Ensure this field has no more than {max} elements.")
}

pub(crate) fn too_many_together(max: usize) -> String {
    format!("Ensure both lists together have no more than {max} elements.")
}

/// Texts of a list above their common limit.
pub(crate) fn too_long_together(max: usize) -> String {
    format!("Ensure all elements together have no more than {max} bytes.")
}

/// A value that must be a list is not; names its type as Django REST framework does.
pub(crate) fn not_a_list(type_name: &str) -> String {
    format!("Expected a list of items but got type \"{type_name}\".")
}

/// A value that must be an object with known members is not; names its type as Django REST framework does.
pub(crate) fn not_a_dictionary(type_name: &str) -> String {
    format!("Invalid data. Expected a dictionary, but got {type_name}.")
}

/// A value that must be an object with arbitrary members is not.
pub(crate) fn not_a_dictionary_of_items(type_name: &str) -> String {
    format!("Expected a dictionary of items but got type \"{type_name}\".")
}

pub(crate) fn not_a_choice(sent: &str) -> String {
    format!("\"{}\" is not a valid choice.", shortened(sent))
}

/// Events that the service does not send.
pub(crate) fn unsupported_events(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| shortened(name)).collect();
    format!("Unsupported webhook events: {}", names.join(", "))
}

/// Replaces the errors beyond the limit.
pub(crate) fn more_errors(number: usize) -> String {
    format!("And {number} more errors.")
}

/// The first characters of a value, enough to recognise it.
pub(crate) fn shortened(sent: &str) -> Cow<'_, str> {
    const SHOWN_CHARACTERS: usize = 100;
    match sent.char_indices().nth(SHOWN_CHARACTERS) {
        None => sent.into(),
        Some((end, _)) => format!("{}…", sent.get(..end).unwrap_or_default()).into(),
    }
}

/// The message for an entry of a list, counted from 1.
pub(crate) fn item(index: usize, message: &str) -> String {
    format!("Item {}: {message}", index + 1)
}
