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
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .try_for_each(|unit| write!(out, "\\u{unit:04x}")),
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
mod tests {
    use super::*;

    fn raw(literal: &str) -> String {
        RawJson(&Json::Number(Number::parse(literal).unwrap())).to_string()
    }

    /// Each right-hand side is what Python 3.11 prints for `json.dumps(left)`.
    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (literal, python) in [
            ("7", "7"),
            ("92.0", "92.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.5e-7", "1.5e-07"),
            ("1e15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("1.25e21", "1.25e+21"),
            ("-0.0", "0.0"),
            ("123456.789", "123456.789"),
        ] {
            assert_eq!(raw(literal), python);
        }
    }

    #[test]
    fn only_printable_ascii_is_unescaped() {
        let text = Json::String("a\"\\/\u{8}\u{c}\u{1}\u{7f}é😀".into());
        assert_eq!(
            RawJson(&text).to_string(),
            r#""a\"\\/\b\f\u0001\u007f\u00e9\ud83d\ude00""#
        );
    }
}
