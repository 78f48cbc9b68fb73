//! Reads named values from a query string. Defines repetition, aliases, empty values and the forms of values in all
//! lists; the lists define the parameters.

use std::borrow::Cow;

use actix_web::HttpRequest;
use serde::de::DeserializeOwned;
use users_domain::model::{InvalidValue, PageSize, Timestamp};

use super::ignored::Ignored;
use crate::http::cursor::{Cursor, Scope};
use crate::http::error::{FieldErrors, messages};

/// The greatest offset; later pages are reached by cursor.
pub(crate) const MAX_OFFSET: u32 = 1_000_000;

/// Keys below this name belong to the client and are taken literally.
const METADATA: &str = "metadata";

/// Reads parameters and records all errors. A parameter that is not read is unknown.
pub(crate) struct Reader<'a> {
    parameters: Vec<Parameter<'a>>,
    errors: FieldErrors,
}

struct Parameter<'a> {
    /// The pair as sent.
    pair: &'a (String, String),
    name: Cow<'a, str>,
    is_read: bool,
}

/// The canonical form of a name, which popular clients spell differently: `x[]`, `x[0]` and `filter[x]` become `x`, and
/// `x[k]` becomes `x.k`.
pub(crate) fn canonical_name(name: &str) -> Cow<'_, str> {
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
        Self::of(pairs, canonical_name)
    }

    fn of(pairs: &'a [(String, String)], name: fn(&'a str) -> Cow<'a, str>) -> Self {
        let parameters = pairs.iter();
        let parameters =
            parameters.map(|pair| Parameter { pair, name: name(&pair.0), is_read: false });
        Self { parameters: parameters.collect(), errors: FieldErrors::default() }
    }

    /// The values of a name; an empty value counts as absent (docs/API.md, "Lists").
    fn values(&mut self, name: &str) -> Vec<&'a str> {
        let named = self.parameters.iter_mut().filter(|parameter| parameter.name == name);
        named
            .filter_map(|parameter| {
                parameter.is_read = true;
                Some(parameter.pair.1.as_str()).filter(|value| !value.is_empty())
            })
            .collect()
    }

    /// The value of a single-valued parameter. Names after the first are aliases. A repetition must have the same
    /// value.
    pub(crate) fn one<T: PartialEq>(
        &mut self,
        names: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let mut found: Option<(&str, T)> = None;
        for name in names {
            for text in self.values(name) {
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

    /// All values of a repeatable parameter, sorted and distinct. Names after the first are aliases.
    pub(crate) fn several<T: Ord>(
        &mut self,
        names: &[&str],
        max: usize,
        split: impl Fn(&str) -> Vec<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for name in names {
            for text in self.values(name).into_iter().flat_map(&split) {
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

    /// The rest of each name that begins with `prefix`, and its value, including empty values.
    pub(crate) fn prefixed(&mut self, prefix: &str) -> Vec<(String, String)> {
        let parameters = self.parameters.iter_mut();
        parameters
            .filter_map(|parameter| {
                let rest = parameter.name.strip_prefix(prefix)?.to_owned();
                parameter.is_read = true;
                Some((rest, parameter.pair.1.clone()))
            })
            .collect()
    }

    /// The pairs of the parameters that were read, as sent.
    pub(crate) fn read_pairs(&self) -> Vec<(String, String)> {
        let read = self.parameters.iter().filter(|parameter| parameter.is_read);
        read.map(|parameter| parameter.pair.clone()).collect()
    }

    pub(crate) fn page<P: DeserializeOwned + PartialEq>(
        &mut self,
        scope: &Scope<'_>,
    ) -> (PageSize, Option<Cursor<P>>) {
        let size = self.one(&["limit", "page_size"], page_size);
        let cursor = self.one(&["cursor"], |text| {
            Cursor::open(text, scope).ok_or_else(|| messages::INVALID_CURSOR.to_owned())
        });
        (size.unwrap_or(PageSize::DEFAULT), cursor)
    }

    /// The page size and the cursor, and the number of rows to skip if the client uses `offset` or `page`.
    pub(crate) fn page_or_offset<P: DeserializeOwned + PartialEq>(
        &mut self,
        scope: &Scope<'_>,
    ) -> (PageSize, Option<Cursor<P>>, Option<u32>) {
        let (size, cursor) = self.page(scope);
        let offset = self.one(&["offset"], offset);
        let rows = u64::try_from(size.rows()).unwrap_or(u64::MAX);
        let last = u64::from(MAX_OFFSET) / rows + 1;
        let skipped = self.one(&["page"], |text| {
            let page = integer(text)?;
            let skipped = page.checked_sub(1).filter(|_| page <= last);
            let skipped = skipped.and_then(|before| u32::try_from(before * rows).ok());
            skipped.ok_or_else(|| message_of(InvalidValue::OutOfRange { min: 1, max: last }))
        });
        if skipped.is_some() && offset.is_some() && skipped != offset {
            self.refuse("page", "Differs from offset, which means the same.");
        }
        let offset = skipped.or(offset);
        if cursor.is_some() && offset.is_some() {
            self.refuse("cursor", messages::CURSOR_AND_OFFSET);
        }
        (size, cursor, offset)
    }

    /// What a page selects, and its start: as in the cursor if there is one, else as given and `first`. `parameters`
    /// returns the canonical form of what `select` reads.
    pub(crate) fn selection<S: Default, P, T>(
        &mut self,
        cursor: Option<Cursor<P>>,
        first: T,
        select: impl Fn(&mut Reader<'_>) -> S,
        parameters: impl Fn(&S) -> Vec<(String, String)>,
        start: impl FnOnce(P, &S) -> Option<T>,
    ) -> (S, T) {
        let given = select(self);
        let Some(cursor) = cursor else {
            return (given, first);
        };
        self.refuse_differences(&parameters(&given), &cursor.parameters);
        // The names in a cursor are canonical.
        let mut reader = Reader::of(&cursor.parameters, Cow::Borrowed);
        let selection = select(&mut reader);
        let opened = reader.checked(selection).ok().and_then(|selection| {
            let start = start(cursor.place, &selection)?;
            Some((selection, start))
        });
        opened.unwrap_or_else(|| {
            self.refuse("cursor", messages::INVALID_CURSOR);
            (S::default(), first)
        })
    }

    /// Records each given parameter that differs from the cursor's. Values are in their canonical form.
    fn refuse_differences(&mut self, given: &[(String, String)], of_cursor: &[(String, String)]) {
        let values = |pairs: &[(String, String)], wanted: &str| -> Vec<String> {
            let pairs = pairs.iter().filter(|(name, _)| name == wanted);
            pairs.map(|(_, value)| value.clone()).collect()
        };
        for (name, _) in given {
            if values(given, name) != values(of_cursor, name) {
                self.refuse(name, messages::DIFFERS_FROM_CURSOR);
            }
        }
    }

    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.add(name, message);
    }

    pub(crate) fn checked<T>(self, value: T) -> Result<T, FieldErrors> {
        self.errors.or(value)
    }

    /// The value, or all errors. Reports the parameters that were not read as unknown.
    pub(crate) fn finish<T>(self, request: &HttpRequest, value: T) -> Result<T, FieldErrors> {
        let unknown = self.parameters.iter().filter(|parameter| !parameter.is_read);
        let ignored =
            Ignored::parameters(request, unknown.map(|parameter| parameter.pair.0.as_str()));
        ignored.attach(request, self.checked(value))
    }
}

/// Parameters in their canonical form.
#[derive(Debug, Default)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    pub(crate) fn add<T: ToString>(&mut self, name: &str, values: impl IntoIterator<Item = T>) {
        let values = values.into_iter().map(|value| value.to_string());
        self.0.extend(values.map(|value| (name.to_owned(), value)));
    }
}

fn page_size(text: &str) -> Result<PageSize, String> {
    PageSize::new(integer(text)?).map_err(message_of)
}

fn offset(text: &str) -> Result<u32, String> {
    let rows = u32::try_from(integer(text)?).ok();
    rows.filter(|rows| *rows <= MAX_OFFSET)
        .ok_or_else(|| message_of(InvalidValue::OutOfRange { min: 0, max: MAX_OFFSET.into() }))
}

/// Accepts digits only; Rust would also accept a leading `+`.
fn integer(text: &str) -> Result<u64, String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(messages::NOT_AN_INTEGER.to_owned());
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// Parses an RFC 3339 time, or a date as its start in UTC.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    // An offset's plus sign that was not percent-encoded arrives as a space, the last one of the text.
    let with_plus = || text.rsplit_once(' ').map(|(time, offset)| format!("{time}+{offset}"));
    let read = moment(text).or_else(|error| moment(&with_plus().ok_or(error)?));
    read.map_err(message_of)
}

/// Parses an RFC 3339 time, or a date as its start in UTC, without repair of the plus sign.
pub(crate) fn moment(text: &str) -> Result<Timestamp, InvalidValue> {
    Timestamp::parse(text).or_else(|_| Timestamp::parse(&format!("{text}T00:00:00Z")))
}

pub(crate) fn by_comma(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
}

/// The API's message for an invalid value.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(crate) fn message_of(reason: InvalidValue) -> String {
    messages::text(&reason)
}
