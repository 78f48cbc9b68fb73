//! The text form of event bodies: sorted keys, compact separators, ASCII only, numbers as Python writes them. Receivers
//! verify a signature over these bytes, and many compute them anew in Python with
//! `json.dumps(body, sort_keys=True, separators=(",", ":"))`, so every byte has to agree.

use std::fmt::{self, Display as _, Write as _};

use users_domain::model::{Json, JsonObject, Number};

/// Displays a JSON value in the raw form.
#[derive(Debug, Clone, Copy)]
pub struct RawJson<'a>(pub &'a Json);

impl fmt::Display for RawJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(number) => write_number(f, *number),
            Json::String(text) => write_string(f, text),
            Json::Array(items) => write_array(f, items),
            Json::Object(members) => write_object(f, members),
        }
    }
}

fn write_array(f: &mut fmt::Formatter<'_>, items: &[Json]) -> fmt::Result {
    f.write_char('[')?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        RawJson(item).fmt(f)?;
    }
    f.write_char(']')
}

fn write_object(f: &mut fmt::Formatter<'_>, members: &JsonObject) -> fmt::Result {
    f.write_char('{')?;
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        write_string(f, key)?;
        f.write_char(':')?;
        RawJson(value).fmt(f)?;
    }
    f.write_char('}')
}

/// Everything but visible ASCII and the space is escaped; beyond the basic plane as a pair of surrogates.
fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            ' '..='~' => f.write_char(c)?,
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(f, "\\u{unit:04x}")?;
                }
            }
        }
    }
    f.write_char('"')
}

/// Doubles as Python's `repr`: shortest digits that read back the same, an exponent of at least two digits outside of
/// 1e-4 to 1e16.
fn write_number(f: &mut fmt::Formatter<'_>, number: Number) -> fmt::Result {
    if number.as_integer().is_some() {
        return number.fmt(f);
    }
    let scientific = format!("{:e}", number.as_double());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(f, "{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => number.fmt(f),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(literal: &str) -> String {
        RawJson(&Json::Number(Number::parse(literal).unwrap())).to_string()
    }

    /// Each right side is what Python 3.11 prints for `json.dumps(left)`.
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
    fn only_visible_ascii_stands_unescaped() {
        let text = Json::String("a\"\\/\u{8}\u{c}\u{1}\u{7f}é😀".into());
        assert_eq!(
            RawJson(&text).to_string(),
            r#""a\"\\/\b\f\u0001\u007f\u00e9\ud83d\ude00""#
        );
    }
}
