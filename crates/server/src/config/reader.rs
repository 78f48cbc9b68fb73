//! Typed reading of settings. Converts values to types and collects problems.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Value;

use super::layers::{Layers, Origin, place};
use super::problem::Problem;
use super::raw::Raw;

/// Maximum length of a value that a problem repeats.
const MAX_SHOWN_CHARACTERS: usize = 60;

/// The error of an invalid value whose problem the reader has recorded.
#[derive(Debug)]
pub(super) struct Noted;

/// Whether a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Open,
    Secret,
}

/// A setting that was read, for `check-config`.
#[derive(Debug)]
pub(super) struct Used<'a> {
    /// The value without secrets; `None` if it is not set.
    pub(super) value: Option<String>,
    pub(super) origin: Origin<'a>,
}

/// Reads settings. After a problem, reading continues with the next key.
pub(super) struct Reader<'a> {
    layers: &'a Layers<'a>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    used: BTreeMap<&'static str, Used<'a>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers<'a>, problems: Vec<Problem>) -> Self {
        Self {
            layers,
            problems,
            warnings: Vec::new(),
            used: BTreeMap::new(),
        }
    }

    /// Reads a whole number within `range`.
    pub(super) fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, Noted> {
        let found = self.find(key, Visibility::Open)?;
        let number = match found.raw {
            Raw::Toml(Value::Integer(number)) => u64::try_from(*number).ok(),
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Toml(_) | Raw::NotUnicode => None,
        };
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (least, most) = range.into_inner();
                self.refuse(
                    found,
                    &format!("must be a whole number from {least} to {most}"),
                )
            })
    }

    /// Reads a time in milliseconds.
    pub(super) fn milliseconds(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Duration, Noted> {
        self.integer(key, range).map(Duration::from_millis)
    }

    /// Reads a time in seconds.
    pub(super) fn seconds(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Duration, Noted> {
        self.integer(key, range).map(Duration::from_secs)
    }

    /// Reads a count; the ranges fit into `usize` on every machine.
    pub(super) fn count(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<usize, Noted> {
        let number = self.integer(key, u64::from(*range.start())..=u64::from(*range.end()))?;
        usize::try_from(number).map_err(|_| Noted)
    }

    /// Reads `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Result<bool, Noted> {
        let found = self.find(key, Visibility::Open)?;
        let flag = match found.raw {
            Raw::Toml(Value::Boolean(flag)) => Some(*flag),
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Toml(_) | Raw::NotUnicode => None,
        };
        flag.ok_or_else(|| self.refuse(found, "must be true or false"))
    }

    /// Reads a string with `parse`, whose error describes the valid form. Returns `None` if the key is not set.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Noted> {
        self.text(key, Visibility::Open, parse)
    }

    /// As [`Reader::optional`], but the value must be set.
    pub(super) fn required<T>(
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
    pub(super) fn secret<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Noted> {
        self.text(key, Visibility::Secret, parse)
    }

    /// Reads a list of strings: an array in a file, separated by commas in a variable.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Noted> {
        self.texts(key, Visibility::Open, parse)
    }

    /// As [`Reader::list`], for values that are never shown.
    pub(super) fn secret_list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Noted> {
        self.texts(key, Visibility::Secret, parse)
    }

    /// Records a problem of a value that was read.
    pub(super) fn problem(&mut self, key: &str, message: &str) -> Noted {
        let origin = self
            .layers
            .find(key)
            .map_or(Origin::Default, |(_, origin)| origin);
        self.note(place(key, origin), message)
    }

    /// Records a warning about a value that is accepted but probably wrong.
    pub(super) fn warning(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    /// Whether the file or the environment sets this key, even to its default.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.layers
            .find(key)
            .is_some_and(|(_, origin)| origin != Origin::Default)
    }

    /// Returns the settings read so far, by key.
    pub(super) fn used(&self) -> &BTreeMap<&'static str, Used<'a>> {
        &self.used
    }

    /// Returns the problems and the warnings.
    pub(super) fn finish(self) -> (Vec<Problem>, Vec<String>) {
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
                let item_found = Found {
                    raw: Raw::Text(item),
                    ..found
                };
                parse(item).map_err(|wanted| {
                    self.refuse(item_found, &format!("item {}: {wanted}", at + 1))
                })
            })
            .collect();
        parsed.into_iter().collect()
    }

    fn find(&mut self, key: &'static str, visibility: Visibility) -> Result<Found<'a>, Noted> {
        let Some((raw, origin)) = self.layers.find(key) else {
            return Err(self.note("default.toml".to_owned(), &format!("{key} is missing")));
        };
        let value = Some(raw.to_string()).filter(|shown| !shown.trim().is_empty());
        let value = match visibility {
            Visibility::Open => value,
            Visibility::Secret => value.map(|_| "(set)".to_owned()),
        };
        self.used.insert(key, Used { value, origin });
        Ok(Found {
            key,
            raw,
            origin,
            visibility,
        })
    }

    fn refuse(&mut self, found: Found<'_>, wanted: &str) -> Noted {
        let mut message = wanted.to_owned();
        let shown = found.raw.to_string();
        if found.visibility == Visibility::Open && shown.chars().count() <= MAX_SHOWN_CHARACTERS {
            // Writing to a String cannot fail.
            let _ = write!(message, ", is {shown:?}");
        }
        self.note(place(found.key, found.origin), &message)
    }

    fn note(&mut self, place: String, message: &str) -> Noted {
        self.problems.push(Problem {
            place,
            message: message.to_owned(),
        });
        Noted
    }
}

/// The effective value of a key.
#[derive(Clone, Copy)]
struct Found<'a> {
    key: &'static str,
    raw: Raw<'a>,
    origin: Origin<'a>,
    visibility: Visibility,
}
