//! Typed reading of settings. Converts values to types and collects problems.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use toml::Value;

use crate::layers::{Layers, Origin, place};
use crate::problem::Problem;
use crate::raw::Raw;
use crate::report;

/// Maximum length of a value that a problem repeats.
const MAX_SHOWN_CHARACTERS: usize = 60;

/// The error of an invalid value whose problem the reader has recorded.
#[derive(Debug)]
pub struct Noted;

/// Whether a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Open,
    Secret,
}

/// A setting that was read, for `check-config`.
#[derive(Debug)]
pub(crate) struct Used<'a> {
    /// The value without secrets; `None` if it is not set.
    pub(crate) value: Option<String>,
    pub(crate) origin: Origin<'a>,
}

/// Reads settings. Parsers return the description of the valid form as their error. After a problem, reading continues
/// with the next key.
pub struct Reader<'a> {
    layers: &'a Layers<'a>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    used: BTreeMap<&'static str, Used<'a>>,
    /// The times in milliseconds that were read.
    pub(crate) times: BTreeMap<&'static str, Duration>,
}

impl<'a> Reader<'a> {
    /// Starts to read; `problems` are those of the sources.
    #[must_use]
    pub fn new(layers: &'a Layers<'a>, problems: Vec<Problem>) -> Self {
        Self {
            layers,
            problems,
            warnings: Vec::new(),
            used: BTreeMap::new(),
            times: BTreeMap::new(),
        }
    }

    /// Reads with a function, for values of several settings.
    ///
    /// # Errors
    /// The error of the function.
    pub fn with<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Noted>,
    ) -> Result<T, Noted> {
        read(self)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn flag(&mut self, key: &'static str) -> Result<bool, Noted> {
        let found = self.find(key, Visibility::Open)?;
        let flag = match found.raw {
            Raw::Toml(Value::Boolean(flag)) => Some(*flag),
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Toml(_) | Raw::NotUnicode => None,
        };
        flag.ok_or_else(|| self.refuse(found, "must be true or false"))
    }

    /// Reads a string with `parse`, whose error describes the valid form. Returns `None` if the key is not set.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Noted> {
        self.text(key, Visibility::Open, parse)
    }

    /// As [`Reader::optional`], but the value must be set.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Noted> {
        match self.optional(key, parse)? {
            Some(value) => Ok(value),
            None => Err(self.problem(key, "must not be empty")),
        }
    }

    /// As [`Reader::optional`], for a value that is never shown.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn secret<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Noted> {
        self.text(key, Visibility::Secret, parse)
    }

    /// Reads a list of strings: an array in a file, separated by commas in a variable.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Noted> {
        self.texts(key, Visibility::Open, parse)
    }

    /// As [`Reader::list`], for values that are never shown.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn secret_list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Noted> {
        self.texts(key, Visibility::Secret, parse)
    }

    /// Records a problem of a value that was read.
    pub fn problem(&mut self, key: &str, message: &str) -> Noted {
        let origin = self.layers.find(key).map_or(Origin::Default, |(_, origin)| origin);
        self.note(place(key, origin), message)
    }

    /// Records a warning about a value that is accepted but probably wrong.
    pub fn warning(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    /// Whether the file or the environment sets this key, even to its default.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.layers.find(key).is_some_and(|(_, origin)| origin != Origin::Default)
    }

    /// The keys of the settings that were read.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.used.keys().copied()
    }

    /// Returns a table of the settings that were read: key, value and source. Secrets appear as `(set)`.
    #[must_use]
    pub fn report(&self) -> String {
        report::render(&self.used)
    }

    /// Returns the problems and the warnings.
    #[must_use]
    pub fn finish(self) -> (Vec<Problem>, Vec<String>) {
        (self.problems, self.warnings)
    }

    fn text<T>(
        &mut self,
        key: &'static str,
        visibility: Visibility,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Noted> {
        let found = self.find(key, visibility)?;
        match found.raw.text().map(str::trim) {
            None => Err(self.refuse(found, "must be a string")),
            Some("") => Ok(None),
            Some(text) => match parse(text) {
                Ok(value) => Ok(Some(value)),
                Err(wanted) => Err(self.refuse(found, &wanted)),
            },
        }
    }

    fn texts<T>(
        &mut self,
        key: &'static str,
        visibility: Visibility,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Noted> {
        let found = self.find(key, visibility)?;
        let Some(items) = found.raw.items() else {
            return Err(self.refuse(found, "must be a list of strings"));
        };
        let parsed: Vec<_> = items
            .into_iter()
            .enumerate()
            .map(|(at, item)| {
                let item_found = Found { raw: Raw::Text(item), ..found };
                parse(item).map_err(|wanted| {
                    self.refuse(item_found, &format!("item {}: {wanted}", at + 1))
                })
            })
            .collect();
        parsed.into_iter().collect()
    }

    pub(crate) fn find(
        &mut self,
        key: &'static str,
        visibility: Visibility,
    ) -> Result<Found<'a>, Noted> {
        let Some((raw, origin)) = self.layers.find(key) else {
            return Err(self.note("the defaults".to_owned(), &format!("{key} is missing")));
        };
        let value = Some(raw.to_string()).filter(|shown| !shown.trim().is_empty());
        let value = match visibility {
            Visibility::Open => value,
            Visibility::Secret => value.map(|_| "(set)".to_owned()),
        };
        self.used.insert(key, Used { value, origin });
        Ok(Found { key, raw, origin, visibility })
    }

    pub(crate) fn refuse(&mut self, found: Found<'_>, wanted: &str) -> Noted {
        let mut message = wanted.to_owned();
        let shown = found.raw.to_string();
        if found.visibility == Visibility::Open && shown.chars().count() <= MAX_SHOWN_CHARACTERS {
            // Writing to a String cannot fail.
            let _ = write!(message, ", is {shown:?}");
        }
        self.note(place(found.key, found.origin), &message)
    }

    fn note(&mut self, place: String, message: &str) -> Noted {
        self.problems.push(Problem { place, message: message.to_owned() });
        Noted
    }
}

/// The effective value of a key.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    key: &'static str,
    pub(crate) raw: Raw<'a>,
    origin: Origin<'a>,
    visibility: Visibility,
}

#[cfg(test)]
mod tests;
