//! Accepted texts as JSON Schema. The limits come from the domain; tests compare the patterns with the domain's parsers
//! character by character.

use serde_json::{Value, json};
use users_domain::model::evidence::{EARLIEST_REPORTED_YEAR, MAX_MINUTES_AHEAD, PortraitUrl};
use users_domain::model::{CountryCode, Email, Reason, VendorData};

/// Unicode category Cc, as members of a character class.
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f";

/// White space beside control characters.
const SPACE: &str = r"\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// Default-ignorable characters that join others or select their form, as members of a character class.
const JOINING: &str =
    "\u{180b}-\u{180d}\u{180f}\u{200c}\u{200d}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}";

/// The other default-ignorable characters.
const IGNORABLE: &str = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180e}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\
    \u{2060}-\u{206f}\u{3164}\u{feff}\u{ffa0}\u{fff0}-\u{fff8}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e00ff}\
    \u{e01f0}-\u{e0fff}";

/// Line ends, and characters that change the direction of text.
const LINE_AND_DIRECTION: &str = "\u{2028}-\u{202e}\u{2066}-\u{2069}";

/// Other invisible characters: format characters and blank symbols.
const BLANK: &str = "\u{2800}\u{fff9}-\u{fffb}\u{13430}-\u{1343f}\u{13441}\u{13442}\u{1d159}";

/// Special characters of e-mail addresses (RFC 5322 section 3.2.3), as members of a character class.
const SPECIALS: &str = r#"()<>\[\]:;@,""#;

/// Text that JSON and the database can hold.
pub(crate) const NO_NUL: &str = r"^[^\u0000]*$";

/// Text without NUL and with at least one character that is not white space.
fn some_text() -> String {
    format!(r"^[^\u0000]*[^\u0000\u0009-\u000d\u0085{SPACE}][^\u0000]*$")
}

/// At least one character, none of them a control character.
fn printable() -> String {
    format!("^[^{CONTROL}]+$")
}

/// Printable, with at least one visible character, and without the given members of a character class.
fn not_blank(refused: &str) -> String {
    let refused = format!("{CONTROL}{refused}");
    format!("^[^{refused}]*[^{refused}{SPACE}{JOINING}{IGNORABLE}{BLANK}][^{refused}]*$")
}

/// Printable, with more than the characters that search ignores.
fn searchable() -> String {
    format!("^[^{CONTROL}]*[^{CONTROL}{SPACE}{JOINING}{IGNORABLE}][^{CONTROL}]*$")
}

/// A local part, optionally quoted, and a domain or an address in brackets; no white space.
fn email_pattern() -> String {
    let plain = format!("[^{CONTROL}{SPACE}{SPECIALS}]+");
    format!(r#"^("[^{CONTROL}{SPACE}]+"|{plain})@(\[{plain}\]|{plain})$"#)
}

/// An http or https URL with a host and without white space.
fn url_pattern() -> String {
    format!("^https?://[^/{CONTROL}{SPACE}][^{CONTROL}{SPACE}]*$")
}

/// A short text.
pub(crate) fn short(max_characters: impl Into<Value>) -> Value {
    bounded(max_characters, "")
}

/// The name of a person, or of a tag.
pub(crate) fn name(max_characters: impl Into<Value>) -> Value {
    bounded(max_characters, LINE_AND_DIRECTION)
}

/// The name of a resource that people manage.
pub(crate) fn label(max_characters: impl Into<Value>) -> Value {
    bounded(max_characters, &hidden())
}

/// The characters that [`label`] rejects.
fn hidden() -> String {
    format!("{LINE_AND_DIRECTION}{IGNORABLE}{BLANK}")
}

fn bounded(max_characters: impl Into<Value>, refused: &str) -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": max_characters.into(),
        "pattern": not_blank(refused),
    })
}

/// A short text, or the empty text.
pub(crate) fn short_or_empty(max_characters: impl Into<Value>) -> Value {
    json!({
        "type": "string",
        "maxLength": max_characters.into(),
        "pattern": format!("^$|{}", not_blank(LINE_AND_DIRECTION)),
    })
}

/// The client's own identifier.
pub(crate) fn vendor_data() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": VendorData::MAX_BYTES,
        "pattern": printable(),
        "not": { "enum": VendorData::RESERVED },
        "description": "The client's own identifier: 1 to 2000 bytes of UTF-8 without control characters, compared \
                        byte by byte. Segments of API paths are reserved.",
        "examples": ["customer-42"],
    })
}

pub(crate) fn email() -> Value {
    json!({
        "type": "string",
        "maxLength": Email::MAX_CHARACTERS,
        "pattern": email_pattern(),
        "examples": ["ada@example.org"],
    })
}

/// The URL of a portrait.
pub(crate) fn portrait_url() -> Value {
    json!({
        "type": "string",
        "maxLength": PortraitUrl::MAX_CHARACTERS,
        "pattern": url_pattern(),
        "examples": ["https://media.example.org/portraits/42.jpg"],
    })
}

pub(crate) fn reason() -> Value {
    json!({
        "type": ["string", "null"],
        "maxLength": Reason::MAX_CHARACTERS,
        "pattern": NO_NUL,
        "description": "The reason. It is stored in the audit log and shown in the comments, and is never part of an \
                        event.",
    })
}

/// A required reason.
pub(crate) fn given_reason() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": Reason::MAX_CHARACTERS,
        "pattern": some_text(),
    })
}

pub(crate) fn search(max_characters: usize) -> Value {
    json!({
        "type": "string",
        "maxLength": max_characters,
        "pattern": searchable(),
    })
}

/// An issuer of documents in a request.
pub(crate) fn given_country() -> Value {
    let pairs = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
    let alpha_2 = pairs.filter(|code| CountryCode::parse(code).is_ok());
    let codes = CountryCode::all()
        .map(|country| country.alpha_3().to_owned())
        .chain(["D", "RKS"].map(str::to_owned))
        .chain(alpha_2);
    // Patterns have no flag for case-insensitivity.
    let in_any_case = |letter: char| format!("[{letter}{}]", letter.to_ascii_lowercase());
    let codes: Vec<String> = codes.map(|code| code.chars().map(in_any_case).collect()).collect();
    json!({
        "type": "string",
        "pattern": format!("^({})<*$", codes.join("|")),
        "description": "ISO 3166-1 alpha-3 or alpha-2, another code of ICAO 9303-3 section 5, or XKX. Case and \
                        trailing fillers (`<`) are ignored.",
        "examples": ["ESP", "es"],
    })
}

fn letters() -> impl Iterator<Item = char> {
    'A'..='Z'
}

/// A date of birth. A schema cannot express "today", so the pattern allows this century.
pub(crate) fn date_of_birth() -> Value {
    json!({
        "type": "string",
        "format": "date",
        "pattern": "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
        "description": "A real date from 1900 to today, `YYYY-MM-DD`.",
        "examples": ["1990-12-31"],
    })
}

/// A time in a response.
pub(crate) fn time() -> Value {
    json!({
        "type": "string",
        "format": "date-time",
        "pattern": r"^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
        "examples": ["2026-01-31T12:00:00.000000Z"],
    })
}

/// A time in a report. A schema cannot express "now".
pub(crate) fn reported_time() -> Value {
    json!({
        "type": "string",
        "format": "date-time",
        "description": format!(
            "When the reported state began, as an RFC 3339 time not before {EARLIEST_REPORTED_YEAR}. A time more than \
             {MAX_MINUTES_AHEAD} minutes ahead of the service's clock is replaced by the current time."
        ),
        "examples": ["2026-01-31T12:00:00Z"],
    })
}

/// A time in a request.
pub(crate) fn given_time() -> Value {
    json!({
        "type": "string",
        "anyOf": [{ "format": "date-time" }, { "format": "date" }],
        "examples": ["2026-01-31T12:00:00Z"],
    })
}

pub(crate) fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

#[cfg(test)]
mod tests;
