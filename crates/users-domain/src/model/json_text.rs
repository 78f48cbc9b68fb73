//! Writes JSON as text, with sorted keys and without white space. Styles differ in the form of scalars only.

use std::fmt::{self, Write};

use super::{Json, JsonObject, Number};

/// Determines how the scalars of a JSON text are written.
pub trait JsonStyle {
    /// Whether a character of a string must be escaped.
    fn is_escaped(c: char) -> bool;

    /// Writes an escaped character.
    ///
    /// # Errors
    /// The error of the writer.
    fn write_escaped(out: &mut dyn Write, c: char) -> fmt::Result;

    /// Writes a number.
    ///
    /// # Errors
    /// The error of the writer.
    fn write_number(out: &mut dyn Write, number: Number) -> fmt::Result;
}

/// Writes a value in the given style.
///
/// # Errors
/// The error of the writer.
pub fn write_json<S: JsonStyle>(out: &mut dyn Write, json: &Json) -> fmt::Result {
    match json {
        Json::Null => out.write_str("null"),
        Json::Bool(value) => write!(out, "{value}"),
        Json::Number(number) => S::write_number(out, *number),
        Json::String(text) => write_string::<S>(out, text),
        Json::Array(items) => {
            out.write_char('[')?;
            for (index, item) in items.iter().enumerate() {
                write_comma(out, index)?;
                write_json::<S>(out, item)?;
            }
            out.write_char(']')
        }
        Json::Object(members) => write_object::<S>(out, members),
    }
}

pub(super) fn write_object<S: JsonStyle>(out: &mut dyn Write, members: &JsonObject) -> fmt::Result {
    out.write_char('{')?;
    for (index, (key, value)) in members.iter().enumerate() {
        write_comma(out, index)?;
        write_string::<S>(out, key)?;
        out.write_char(':')?;
        write_json::<S>(out, value)?;
    }
    out.write_char('}')
}

fn write_comma(out: &mut dyn Write, index: usize) -> fmt::Result {
    if index > 0 { out.write_char(',') } else { Ok(()) }
}

fn write_string<S: JsonStyle>(out: &mut dyn Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut plain = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| S::is_escaped(*c)) {
        out.write_str(text.get(plain..at).unwrap_or_default())?;
        S::write_escaped(out, c)?;
        plain = at + c.len_utf8();
    }
    out.write_str(text.get(plain..).unwrap_or_default())?;
    out.write_char('"')
}

/// The canonical style: plain numbers and minimal escaping.
pub(super) struct Canonical;

impl JsonStyle for Canonical {
    fn is_escaped(c: char) -> bool {
        matches!(c, '\0'..' ' | '"' | '\\')
    }

    fn write_escaped(out: &mut dyn Write, c: char) -> fmt::Result {
        match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            c => write!(out, "\\u{:04x}", u32::from(c)),
        }
    }

    fn write_number(out: &mut dyn Write, number: Number) -> fmt::Result {
        write!(out, "{number}")
    }
}

impl fmt::Display for Json {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_json::<Canonical>(f, self)
    }
}
