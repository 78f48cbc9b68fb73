//! Named values out of a query string. Owns what repetition, aliases and emptiness mean, and
//! the forms that values have in every list; knows no parameter.

use users_domain::model::{InvalidValue, PageSize, Timestamp};

use crate::error::{FieldErrors, messages};

/// The greatest offset; further pages are reached by cursor.
pub(crate) const MAX_OFFSET: u32 = 1_000_000;

/// Reads parameters and notes everything that is wrong with them.
pub(crate) struct Reader<'a> {
    pairs: &'a [(String, String)],
    errors: FieldErrors,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(pairs: &'a [(String, String)]) -> Self {
        Self {
            pairs,
            errors: FieldErrors::default(),
        }
    }

    /// The value of a parameter that has one. Names after the first are aliases. Giving it twice is fine as long as the
    /// values mean the same.
    pub(crate) fn one<T: PartialEq>(
        &mut self,
        names: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let mut found: Option<(&str, T)> = None;
        for name in names {
            for text in values(self.pairs, name) {
                match (parse(text), &found) {
                    (Err(message), _) => self.errors.add(name, message),
                    (Ok(value), None) => found = Some((name, value)),
                    (Ok(value), Some((_, first))) if value == *first => {}
                    (Ok(_), Some((first, _))) if first == name => {
                        self.errors.add(name, "Given twice with different values.");
                    }
                    (Ok(_), Some((first, _))) => {
                        self.errors
                            .add(name, format!("Differs from {first}, which means the same."));
                    }
                }
            }
        }
        found.map(|(_, value)| value)
    }

    /// All values of a parameter that may be repeated, sorted and without repetitions.
    pub(crate) fn several<T: Ord>(
        &mut self,
        name: &str,
        max: usize,
        split: impl Fn(&str) -> Vec<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for text in values(self.pairs, name).flat_map(split) {
            match parse(text) {
                Ok(value) => found.push(value),
                Err(message) => self.errors.add(name, message),
            }
        }
        found.sort();
        found.dedup();
        if found.len() > max {
            self.errors.add(name, messages::too_many(max));
        }
        found
    }

    /// Names that begin with the prefix, without it, and their values.
    pub(crate) fn prefixed(&self, prefix: &str) -> Vec<(&'a str, &'a str)> {
        self.pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
            .collect()
    }

    /// Notes that a parameter is wrong.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.add(name, message);
    }

    /// Everything that was wrong.
    pub(crate) fn into_errors(self) -> FieldErrors {
        self.errors
    }
}

/// An empty value is as none (docs/API.md, "Lists").
fn values<'a, 'n>(
    pairs: &'a [(String, String)],
    name: &'n str,
) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
    pairs
        .iter()
        .filter(move |(given, value)| given == name && !value.is_empty())
        .map(|(_, value)| value.as_str())
}

/// How many rows a page has.
pub(crate) fn page_size(text: &str) -> Result<PageSize, String> {
    PageSize::new(integer(text)?).map_err(said)
}

/// How many rows to skip.
pub(crate) fn offset(text: &str) -> Result<u32, String> {
    let rows = u32::try_from(integer(text)?).ok();
    rows.filter(|rows| *rows <= MAX_OFFSET).ok_or_else(|| {
        said(InvalidValue::OutOfRange {
            min: 0,
            max: MAX_OFFSET.into(),
        })
    })
}

/// Digits alone: Rust would also read a leading `+`.
fn integer(text: &str) -> Result<u64, String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(messages::NOT_AN_INTEGER.to_owned());
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// A moment, or a date at its start in UTC.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    // A plus sign that was not percent-encoded arrives as a space; at this place it can mean nothing else.
    moment(&text.replace(' ', "+")).map_err(said)
}

/// An RFC 3339 time, or a date at its start in UTC.
pub(crate) fn moment(text: &str) -> Result<Timestamp, InvalidValue> {
    Timestamp::parse(text).or_else(|_| Timestamp::parse(&format!("{text}T00:00:00Z")))
}

/// The parts of a value that holds several.
pub(crate) fn by_comma(text: &str) -> Vec<&str> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect()
}

/// In the words of the API.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
pub(crate) fn said(reason: InvalidValue) -> String {
    messages::text(&reason)
}
