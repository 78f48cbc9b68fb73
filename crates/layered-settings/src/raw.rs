//! Untyped values of settings, as written in their sources.

use std::fmt;

use toml::Value;

/// An untyped value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Raw<'a> {
    /// From the defaults or a file.
    Toml(&'a Value),
    /// From a variable.
    Text(&'a str),
    /// From a variable that is not Unicode.
    NotUnicode,
}

impl<'a> Raw<'a> {
    /// Returns the value if it is a string.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Toml(value) => value.as_str(),
            Self::NotUnicode => None,
        }
    }

    /// Returns the value if it is a list of strings.
    pub(crate) fn items(self) -> Option<Vec<&'a str>> {
        match self {
            Self::Toml(Value::Array(values)) => values.iter().map(Value::as_str).collect(),
            Self::Text(text) => {
                Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect())
            }
            Self::Toml(_) | Self::NotUnicode => None,
        }
    }
}

/// Writes the value in the form of an environment variable.
impl fmt::Display for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Text(text) => f.write_str(text),
            Self::NotUnicode => f.write_str("(not Unicode)"),
            Self::Toml(value) => match value {
                Value::String(text) => f.write_str(text),
                Value::Integer(number) => number.fmt(f),
                Value::Float(number) => number.fmt(f),
                Value::Boolean(flag) => flag.fmt(f),
                Value::Datetime(_) => f.write_str("(a date)"),
                Value::Table(_) => f.write_str("(a table)"),
                Value::Array(values) => {
                    for (at, value) in values.iter().enumerate() {
                        write!(f, "{}{}", if at == 0 { "" } else { ", " }, Raw::Toml(value))?;
                    }
                    Ok(())
                }
            },
        }
    }
}
