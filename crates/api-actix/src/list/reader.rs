//! Named values out of a query string. Owns what repetition, aliases and emptiness mean; knows no parameter.

use crate::error::{FieldErrors, messages};

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
