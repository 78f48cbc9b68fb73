//! Named values out of a query string. Owns what repetition, aliases and emptiness mean, and
//! the forms that values have in every list; knows no parameter.

use std::borrow::Cow;

use users_domain::model::{InvalidValue, PageSize, Timestamp};

use crate::error::{FieldErrors, messages};

/// The greatest offset; further pages are reached by cursor.
pub(crate) const MAX_OFFSET: u32 = 1_000_000;

/// Under this name stand keys of the client, which are taken literally.
const METADATA: &str = "metadata";

/// Reads parameters and notes everything that is wrong with them.
pub(crate) struct Reader<'a> {
    /// By the names that are meant.
    pairs: Vec<(Cow<'a, str>, &'a str)>,
    errors: FieldErrors,
}

/// What a name means, which popular clients spell in their own ways: `x[]`, `x[0]` and `filter[x]` are `x`, and `x[k]` is
/// `x.k`.
pub(crate) fn meant(name: &str) -> Cow<'_, str> {
    let name = name.strip_suffix("[]").unwrap_or(name);
    let Some((head, keys)) = name.split_once('[') else {
        return name.into();
    };
    let Some(keys) = keys.strip_suffix(']').filter(|_| !head.contains('.')) else {
        return name.into();
    };
    let is_index = |key: &str| key.bytes().all(|byte| byte.is_ascii_digit());
    let mut path: Vec<_> = keys.split("][").collect();
    if head != "filter" {
        path.insert(0, head);
    }
    match path.as_slice() {
        [name, index] if *name != METADATA && is_index(index) => (*name).to_owned().into(),
        path => path.join(".").into(),
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(pairs: &'a [(String, String)]) -> Self {
        let meant = |(name, value): &'a (String, String)| (meant(name), value.as_str());
        Self {
            pairs: pairs.iter().map(meant).collect(),
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
            for text in values(&self.pairs, name) {
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

    /// All values of a parameter that may be repeated, sorted and without repetitions. Names after the first are aliases.
    pub(crate) fn several<T: Ord>(
        &mut self,
        names: &[&str],
        max: usize,
        split: impl Fn(&str) -> Vec<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for name in names {
            for text in values(&self.pairs, name).flat_map(&split) {
                match parse(text) {
                    Ok(value) => found.push(value),
                    Err(message) => self.errors.add(name, message),
                }
            }
        }
        found.sort();
        found.dedup();
        if found.len() > max {
            let name = names.first().copied().unwrap_or_default();
            self.errors.add(name, messages::too_many(max));
        }
        found
    }

    /// What stands behind the prefix in names that begin with it, and their values, empty ones too.
    pub(crate) fn prefixed(&self, prefix: &str) -> Vec<(String, String)> {
        self.pairs
            .iter()
            .filter_map(|(name, value)| {
                Some((name.strip_prefix(prefix)?.to_owned(), (*value).to_owned()))
            })
            .collect()
    }

    /// How many rows a page has and, where the client pages by `offset` or by `page`, how many come before it.
    pub(crate) fn paging(&mut self) -> (Option<PageSize>, Option<u32>) {
        let limit = self.one(&["limit", "page_size"], page_size);
        let offset = self.one(&["offset"], offset);
        let rows = u64::try_from(limit.unwrap_or(PageSize::DEFAULT).rows()).unwrap_or(u64::MAX);
        let last = u64::from(MAX_OFFSET) / rows + 1;
        let skipped = self.one(&["page"], |text| {
            let page = integer(text)?;
            let skipped = page.checked_sub(1).filter(|_| page <= last);
            let skipped = skipped.and_then(|before| u32::try_from(before * rows).ok());
            skipped.ok_or_else(|| said(InvalidValue::OutOfRange { min: 1, max: last }))
        });
        if skipped.is_some() && offset.is_some() && skipped != offset {
            self.refuse("page", "Differs from offset, which means the same.");
        }
        (limit, skipped.or(offset))
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
fn values<'p, 'a>(
    pairs: &'p [(Cow<'a, str>, &'a str)],
    name: &'p str,
) -> impl Iterator<Item = &'a str> + use<'p, 'a> {
    pairs
        .iter()
        .filter(move |(given, value)| given == name && !value.is_empty())
        .map(|(_, value)| *value)
}

/// How many rows a page has.
pub(crate) fn page_size(text: &str) -> Result<PageSize, String> {
    PageSize::new(integer(text)?).map_err(said)
}

/// How many rows to skip.
fn offset(text: &str) -> Result<u32, String> {
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
    // The plus sign of an offset that was not percent-encoded arrives as a space: the last one of the text.
    let with_plus = || {
        text.rsplit_once(' ')
            .map(|(time, offset)| format!("{time}+{offset}"))
    };
    let read = moment(text).or_else(|error| moment(&with_plus().ok_or(error)?));
    read.map_err(said)
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
