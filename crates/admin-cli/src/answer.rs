//! Output of commands: text for people and shells, or one JSON object per line.

use std::io::{self, Write};

use serde_json::{Map, Value};

/// The named values of one output line, in order.
pub(crate) type Record = Vec<(&'static str, Value)>;

/// The output of a command.
pub struct Answer<'a> {
    out: &'a mut (dyn Write + Send),
    json: bool,
}

impl<'a> Answer<'a> {
    /// Creates an output that writes text, or JSON.
    pub fn new(out: &'a mut (dyn Write + Send), json: bool) -> Self {
        Self { out, json }
    }

    /// Writes a table; the text form has a heading and tab-separated values.
    pub(crate) fn table(
        &mut self,
        heading: &[&str],
        rows: impl IntoIterator<Item = Record>,
    ) -> io::Result<()> {
        if !self.json {
            writeln!(self.out, "{}", heading.join("\t"))?;
        }
        rows.into_iter().try_for_each(|row| self.row(row))
    }

    /// Writes one row; the text form has tab-separated values.
    pub(crate) fn row(&mut self, row: Record) -> io::Result<()> {
        let values: Vec<_> = row.iter().map(|(_, value)| shown(value)).collect();
        self.line(&values.join("\t"), row)
    }

    /// Writes one row; the text form has `name=value` pairs.
    pub(crate) fn pairs(&mut self, row: Record) -> io::Result<()> {
        let pairs: Vec<_> =
            row.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
        self.line(&pairs.join(" "), row)
    }

    /// Writes `text`, or `row` as JSON.
    pub(crate) fn line(&mut self, text: &str, row: Record) -> io::Result<()> {
        if self.json {
            let row: Map<String, Value> =
                row.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            writeln!(self.out, "{}", Value::Object(row))?;
        } else {
            writeln!(self.out, "{text}")?;
        }
        self.out.flush()
    }
}

/// Formats a value as text: null and an empty list as a dash, other lists with commas.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
