//! The raw form of event bodies: sorted keys, compact separators, ASCII only, numbers as Python writes them. Receivers
//! verify a signature over these bytes, and many of them re-serialise the body in Python with `json.dumps(body,
//! sort_keys=True, separators=(",", ":"))`, so every byte must match.

use std::fmt::{self, Write};

use users_domain::model::{Json, JsonStyle, Number, write_json};

/// Displays a JSON value in the raw form.
#[derive(Debug, Clone, Copy)]
pub struct RawJson<'a>(pub &'a Json);

impl fmt::Display for RawJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_json::<Raw>(f, self.0)
    }
}

struct Raw;

impl JsonStyle for Raw {
    fn is_escaped(c: char) -> bool {
        !matches!(c, ' '..='~') || matches!(c, '"' | '\\')
    }

    /// Characters beyond the basic plane become a surrogate pair.
    fn write_escaped(out: &mut dyn Write, c: char) -> fmt::Result {
        match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '\u{8}' => out.write_str("\\b"),
            '\u{c}' => out.write_str("\\f"),
            c => {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
            }
        }
    }

    /// Writes doubles as Python's `repr` does: the shortest digits that read back the same, with an exponent of at
    /// least two digits outside 1e-4 to 1e16.
    fn write_number(out: &mut dyn Write, number: Number) -> fmt::Result {
        if !number.has_fraction() {
            return write!(out, "{number}");
        }
        let scientific = format!("{:e}", number.as_double());
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        match exponent.parse::<i32>() {
            Ok(exponent) if !(-4..16).contains(&exponent) => {
                let sign = if exponent < 0 { '-' } else { '+' };
                write!(out, "{digits}e{sign}{:02}", exponent.unsigned_abs())
            }
            _ => write!(out, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests;
