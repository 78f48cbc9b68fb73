//! A strict JSON parser: no duplicate keys, no NUL, no lone surrogates. One pass checks the body and stores only the
//! positions of its members; a value is parsed when a field reads it, up to that field's limit.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::web::Bytes;
use hifijson::str::LexAlloc as _;
use hifijson::token::Lex as _;
use hifijson::{Expect, SliceLexer, ignore};
use users_domain::model::{InvalidValue, Json, Metadata, Number};

use crate::http::error::Malformed;

/// The members of a body, or of one object in an array.
pub(crate) type Members = BTreeMap<String, Raw>;

/// One item of a body: the members of an object, or the type name of another value.
pub(crate) type Item = Result<Members, &'static str>;

/// The most members of one object. A member has at least 6 bytes (`"a":0,`), so valid metadata has no more.
const MAX_MEMBERS: usize = Metadata::MAX_BYTES / 6 + 1;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a JSON object nested at most `max_depth` levels, including itself.
pub(crate) fn read_object(body: &Bytes, max_depth: usize) -> Result<Members, Malformed> {
    let body = &without_mark(body);
    SliceLexer::new(body).exactly_one(SliceLexer::ws_peek, |next, lexer| match next {
        b'{' => members(lexer, body, deeper(max_depth)?),
        _ => check(next, lexer, max_depth).and(Err(Malformed::NotAnObject)),
    })
}

/// Reads one JSON object, or an array of at most `max_items` values, nested at most `max_depth` levels, including
/// itself.
pub(crate) fn read_items(
    body: &Bytes,
    max_depth: usize,
    max_items: usize,
) -> Result<Vec<Item>, Malformed> {
    let body = &without_mark(body);
    SliceLexer::new(body).exactly_one(SliceLexer::ws_peek, |next, lexer| match next {
        b'{' => Ok(vec![Ok(members(lexer, body, deeper(max_depth)?)?)]),
        b'[' => {
            let depth_left = deeper(max_depth)?;
            let mut items = Vec::new();
            lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| {
                if items.len() == max_items {
                    return Err(Malformed::TooManyItems { max: max_items });
                }
                items.push(if next == b'{' {
                    Ok(members(lexer, body, deeper(depth_left)?)?)
                } else {
                    Err(raw(next, lexer, body, depth_left)?.type_name())
                });
                Ok(())
            })?;
            Ok(items)
        }
        _ => check(next, lexer, max_depth).and(Err(Malformed::NotItems)),
    })
}

/// The text of one value that [`check`] accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw(Bytes);

impl Raw {
    /// The text as sent.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The name of its type in Django REST framework.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.first_byte() {
            b'n' => "NoneType",
            b't' | b'f' => "bool",
            b'"' => "str",
            b'[' => "list",
            b'{' => "dict",
            _ => match Number::parse(self.text()) {
                Ok(number) if number.as_integer().is_some() => "int",
                Err(_) if !self.text().contains(['.', 'e', 'E']) => "int",
                _ => "float",
            },
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.first_byte() == b'n'
    }

    pub(crate) fn is_list(&self) -> bool {
        self.first_byte() == b'['
    }

    /// The members of an object; `None` for any other type.
    pub(crate) fn members(&self) -> Option<Members> {
        let object = |next, lexer: &mut SliceLexer<'_>| match next {
            b'{' => members(lexer, &self.0, usize::MAX),
            _ => Err(Malformed::NotAnObject),
        };
        let mut lexer = SliceLexer::new(&self.0);
        lexer.exactly_one(SliceLexer::ws_peek, object).ok()
    }

    /// The first `max` entries of a list, and whether there are more.
    pub(crate) fn entries(&self, max: usize) -> (Vec<Self>, bool) {
        let mut entries = Vec::new();
        let mut lexer = SliceLexer::new(&self.0);
        let read = lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| {
            if entries.len() == max {
                return Err(Malformed::TooManyItems { max });
            }
            entries.push(raw(next, lexer, &self.0, usize::MAX)?);
            Ok(())
        });
        (entries, read.is_err())
    }

    /// The value, if it has at most `max_values` values, including itself; [`InvalidValue::TooMany`] otherwise.
    pub(crate) fn json(&self, max_values: usize) -> Result<Json, InvalidValue> {
        Json::read(&self.0, max_values)
    }

    fn first_byte(&self) -> u8 {
        self.0.first().copied().unwrap_or_default()
    }
}

/// The members of an object in which `depth_left` levels may follow.
fn members(
    lexer: &mut SliceLexer<'_>,
    body: &Bytes,
    depth_left: usize,
) -> Result<Members, Malformed> {
    let mut members = Members::new();
    object(lexer, |key, next, lexer| {
        if members.len() == MAX_MEMBERS {
            return Err(Malformed::TooManyMembers { max: MAX_MEMBERS });
        }
        let value = raw(next, lexer, body, depth_left)?;
        match members.insert(key.into_owned(), value) {
            Some(_) => Err(Malformed::DuplicateKey),
            None => Ok(()),
        }
    })?;
    Ok(members)
}

/// The next value, as a slice of the body.
fn raw(
    next: u8,
    lexer: &mut SliceLexer<'_>,
    body: &Bytes,
    depth_left: usize,
) -> Result<Raw, Malformed> {
    let before = lexer.as_slice();
    check(next, lexer, depth_left)?;
    let length = before.len() - lexer.as_slice().len();
    let text = before.get(..length).unwrap_or_default();
    Ok(Raw(body.slice_ref(text)))
}

/// Checks one value without keeping it, except for the keys of its open objects.
fn check(next: u8, lexer: &mut SliceLexer<'_>, depth_left: usize) -> Result<(), Malformed> {
    match next {
        b'{' => {
            let depth_left = deeper(depth_left)?;
            let mut keys = Vec::new();
            object(lexer, |key, next, lexer| {
                if keys.len() == MAX_MEMBERS {
                    return Err(Malformed::TooManyMembers { max: MAX_MEMBERS });
                }
                keys.push(key);
                check(next, lexer, depth_left)
            })?;
            keys.sort_unstable();
            if keys.is_sorted_by(|one, other| one < other) {
                Ok(())
            } else {
                Err(Malformed::DuplicateKey)
            }
        }
        b'[' => {
            let depth_left = deeper(depth_left)?;
            lexer
                .discarded()
                .seq(b']', SliceLexer::ws_peek, |next, lexer| check(next, lexer, depth_left))
        }
        b'"' => string(lexer).map(drop),
        _ => ignore::parse(next, lexer).map_err(|_| Malformed::Json),
    }
}

/// Calls `member` for each member of an object in order, including repeated keys.
fn object<'a>(
    lexer: &mut SliceLexer<'a>,
    mut member: impl FnMut(Cow<'a, str>, u8, &mut SliceLexer<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| {
        if next != b'"' {
            return Err(Expect::String.into());
        }
        let key = string(lexer)?;
        lexer.expect(SliceLexer::ws_peek, b':').ok_or(Expect::Colon)?;
        let next = lexer.ws_peek().ok_or(Expect::Value)?;
        member(key, next, lexer)
    })
}

fn string<'a>(lexer: &mut SliceLexer<'a>) -> Result<Cow<'a, str>, Malformed> {
    let text = lexer.discarded().str_string();
    let text = text.map_err(|_| Malformed::Json)?;
    if text.contains('\0') { Err(Malformed::NulInBody) } else { Ok(text) }
}

fn deeper(depth_left: usize) -> Result<usize, Malformed> {
    depth_left.checked_sub(1).ok_or(Malformed::TooDeep)
}

/// Removes the byte order mark that some clients send; RFC 8259 section 8.1 permits this.
fn without_mark(body: &Bytes) -> Bytes {
    let text = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    body.slice_ref(text)
}

impl From<Expect> for Malformed {
    fn from(_: Expect) -> Self {
        Self::Json
    }
}

#[cfg(test)]
mod tests;
