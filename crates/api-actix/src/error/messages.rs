//! What clients are told about values. The one place where a domain reason becomes a text of the API.

use std::borrow::Cow;

use users_domain::model::{InvalidValue, LengthUnit};
use validator::ValidationError;

/// A field that must be there is not.
pub(crate) const REQUIRED: &str = "This field is required.";
/// A parameter or member that a call does not have, where that is an error.
pub(crate) const UNKNOWN_FIELD: &str = "Unknown field.";
/// A field that cannot be null is null.
pub(crate) const NULL: &str = "This field may not be null.";
/// A text that must hold something does not.
pub(crate) const BLANK: &str = "This field may not be blank.";
/// Another JSON type where a text belongs.
pub(crate) const NOT_A_STRING: &str = "Not a valid string.";
/// Another JSON type where true or false belongs.
pub(crate) const NOT_A_BOOLEAN: &str = "Must be a valid boolean.";
/// Another JSON type where a whole number belongs, or a text that is none.
pub(crate) const NOT_AN_INTEGER: &str = "A valid integer is required.";
/// A text that is no moment, where a date alone does not do.
pub(crate) const NOT_A_MOMENT: &str =
    "Datetime has wrong format. Use RFC 3339: YYYY-MM-DDThh:mm:ssZ.";
/// A time further ahead than clocks differ.
pub(crate) const TAKEN_AS_NOW: &str = "Datetime is ahead of the service's clock and taken as now.";
/// A list of events without entries.
pub(crate) const NO_EVENTS: &str = "At least one subscribed event is required.";
/// A text that is no absolute URL.
pub(crate) const NOT_A_URL: &str = "Enter a valid URL.";
/// A text without digits.
pub(crate) const NOT_A_PHONE: &str = "Enter at least one digit of a phone number.";
/// A text that is no identifier.
pub(crate) const NOT_A_UUID: &str = "Must be a valid UUID.";
/// Another JSON type where an object belongs.
pub(crate) const METADATA_NOT_AN_OBJECT: &str = "Metadata must be a JSON object.";
/// No status, at create and at the status endpoint.
pub(crate) const INVALID_STATUS: &str =
    "Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED";
/// A cursor that was altered, or belongs to another list.
pub(crate) const INVALID_CURSOR: &str = "Invalid cursor.";
/// Two places at once.
pub(crate) const CURSOR_AND_OFFSET: &str = "Cannot be combined with offset.";
/// A filter or an order that a cursor says otherwise.
pub(crate) const OTHER_THAN_THE_CURSORS: &str =
    "Must be as in the request that the cursor came from, or left out.";
/// The `vendor_data` of another user.
pub(crate) const VENDOR_DATA_TAKEN: &str = "A user with this vendor_data already exists.";

/// A read that takes longer than reads may, by what makes it slow.
pub(crate) fn read_too_slow(parameter: Option<&str>) -> &'static str {
    match parameter {
        Some("offset") => {
            "Users so far down the list cannot be reached in time by offset. Follow next, or pass its cursor."
        }
        Some(_) => {
            "This takes too long to find. Use a longer text, or combine it with other filters."
        }
        None => "This takes too long to read. Narrow it with filters or a shorter range of time.",
    }
}

/// The text for a value that its type does not accept.
pub(crate) fn text(reason: &InvalidValue) -> String {
    match reason {
        InvalidValue::Blank => BLANK.to_owned(),
        InvalidValue::TooLong { max, unit } => too_long(*max, *unit),
        InvalidValue::ControlCharacter => "Control characters are not allowed.".to_owned(),
        InvalidValue::Reserved => {
            "This value is reserved: it is part of the paths of the API.".to_owned()
        }
        InvalidValue::NotADate => {
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.".to_owned()
        }
        InvalidValue::InTheFuture => "Date may not be in the future.".to_owned(),
        InvalidValue::BeforeEarliestDate => "Date may not be before 1900-01-01.".to_owned(),
        InvalidValue::NotATime => {
            "Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD."
                .to_owned()
        }
        InvalidValue::BeforeEarliestTime { year } => {
            format!("Datetime may not be before {year}-01-01T00:00:00Z.")
        }
        InvalidValue::NotAhead => "Datetime must be in the future.".to_owned(),
        InvalidValue::UnknownCountry => {
            "Not a valid country. Use a code of ISO 3166-1 or of ICAO 9303-3 section 5.".to_owned()
        }
        InvalidValue::NotAUrl => NOT_A_URL.to_owned(),
        InvalidValue::NotAnEmail => "Enter a valid email address.".to_owned(),
        InvalidValue::NotANetwork => {
            "Not a network. Use CIDR notation without bits beyond the prefix, such as 192.0.2.0/24 or 2001:db8::/32."
                .to_owned()
        }
        InvalidValue::TooMany { max } => too_many(*max),
        InvalidValue::TooDeep { max } => {
            format!("Ensure this field is nested no deeper than {max} levels.")
        }
        InvalidValue::NumberOutOfRange => {
            "Number out of range. Use integers within ±2^53 and decimals of at most 32 characters."
                .to_owned()
        }
        InvalidValue::Malformed => "Invalid value.".to_owned(),
        InvalidValue::OutOfRange { min, max } => {
            format!("Ensure this value is between {min} and {max}.")
        }
        InvalidValue::UnknownWord => "Not a valid choice.".to_owned(),
    }
}

/// A text over its limit.
pub(crate) fn too_long(max: usize, unit: LengthUnit) -> String {
    let unit = match unit {
        LengthUnit::Bytes => "bytes",
        LengthUnit::Characters => "characters",
    };
    format!("Ensure this field has no more than {max} {unit}.")
}

/// A list over its limit.
pub(crate) fn too_many(max: usize) -> String {
    format!("Ensure this field has no more than {max} elements.")
}

/// Two lists that share a limit.
pub(crate) fn too_many_together(max: usize) -> String {
    format!("Ensure both lists together have no more than {max} elements.")
}

/// Texts of a list that share a limit.
pub(crate) fn too_long_together(max: usize) -> String {
    format!("Ensure all elements together have no more than {max} bytes.")
}

/// Another JSON type where a list belongs, named as Django REST framework names it.
pub(crate) fn not_a_list(type_name: &str) -> String {
    format!("Expected a list of items but got type \"{type_name}\".")
}

/// Another JSON type where an object with known members belongs, named as Django REST framework names it.
pub(crate) fn not_a_dictionary(type_name: &str) -> String {
    format!("Invalid data. Expected a dictionary, but got {type_name}.")
}

/// Another JSON type where an object with any of some members belongs.
pub(crate) fn not_a_dictionary_of_items(type_name: &str) -> String {
    format!("Expected a dictionary of items but got type \"{type_name}\".")
}

/// No word of a closed set.
pub(crate) fn not_a_choice(sent: &str) -> String {
    format!("\"{}\" is not a valid choice.", recognisable(sent))
}

/// Events that nobody fires.
pub(crate) fn unsupported_events(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| recognisable(name)).collect();
    format!("Unsupported webhook events: {}", names.join(", "))
}

/// What stands in the place of errors that are not told one by one.
pub(crate) fn more_errors(number: usize) -> String {
    format!("And {number} more errors.")
}

/// Enough of what was sent to recognise it; the rest of a long text helps nobody.
pub(crate) fn recognisable(sent: &str) -> Cow<'_, str> {
    const SHOWN_CHARACTERS: usize = 100;
    match sent.char_indices().nth(SHOWN_CHARACTERS) {
        None => sent.into(),
        Some((end, _)) => format!("{}…", sent.get(..end).unwrap_or_default()).into(),
    }
}

/// An entry of a list, counted from 1 as people do.
pub(crate) fn item(index: usize, message: &str) -> String {
    format!("Item {}: {message}", index + 1)
}

/// What `validator` found: a number outside its range, a text over its limit, or, by the code `too_many`, a list.
pub(crate) fn validation(error: &ValidationError) -> String {
    let parameter = |name: &str| error.params.get(name).and_then(serde_json::Value::as_u64);
    let (min, max) = (parameter("min").unwrap_or_default(), parameter("max"));
    let longest = max.and_then(|max| usize::try_from(max).ok());
    match (error.code.as_ref(), longest, max) {
        ("length", Some(max), _) => too_long(max, LengthUnit::Characters),
        ("too_many", Some(max), _) => too_many(max),
        ("range", _, Some(max)) => text(&InvalidValue::OutOfRange { min, max }),
        _ => text(&InvalidValue::Malformed),
    }
}
