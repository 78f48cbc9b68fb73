//! JSON texts as trees; the feature `json-reader`.

use hifijson::num::LexWrite as _;
use hifijson::str::LexAlloc as _;
use hifijson::token::Lex as _;
use hifijson::{Expect, SliceLexer};

use super::{InvalidValue, Json, JsonObject, Number};

impl Json {
    /// The deepest nesting that [`Json::read`] follows.
    pub const MAX_DEPTH: usize = 128;

    /// Reads a JSON text (RFC 8259, UTF-8) of at most `max_values` values, itself and those in it. Numbers keep their
    /// literal form. NUL is read; types that cannot store it refuse it.
    ///
    /// # Errors
    /// [`InvalidValue::Malformed`] for what is no JSON text or repeats a key, [`InvalidValue::NumberOutOfRange`],
    /// [`InvalidValue::TooMany`] or [`InvalidValue::TooDeep`]; what comes first in the text.
    pub fn read(text: impl AsRef<[u8]>, max_values: usize) -> Result<Self, InvalidValue> {
        let mut reader = Reader { max_values, left: max_values };
        let mut lexer = SliceLexer::new(text.as_ref());
        let read = lexer.exactly_one(SliceLexer::ws_peek, |next, lexer| {
            reader.value(next, lexer, Self::MAX_DEPTH)
        });
        read.map_err(|Refused(reason)| reason)
    }
}

struct Refused(InvalidValue);

impl From<Expect> for Refused {
    fn from(_: Expect) -> Self {
        Self(InvalidValue::Malformed)
    }
}

const MALFORMED: Refused = Refused(InvalidValue::Malformed);

struct Reader {
    max_values: usize,
    left: usize,
}

impl Reader {
    fn value(
        &mut self,
        next: u8,
        lexer: &mut SliceLexer<'_>,
        depth_left: usize,
    ) -> Result<Json, Refused> {
        let too_many = InvalidValue::TooMany { max: self.max_values };
        self.left = self.left.checked_sub(1).ok_or(Refused(too_many))?;
        Ok(match next {
            b'{' => Json::Object(self.members(lexer, deeper(depth_left)?)?),
            b'[' => {
                let depth_left = deeper(depth_left)?;
                let mut items = Vec::new();
                lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| {
                    items.push(self.value(next, lexer, depth_left)?);
                    Ok::<_, Refused>(())
                })?;
                Json::Array(items)
            }
            b'"' => Json::String(string(lexer)?),
            b'-' => number(lexer.discarded().num_string("-"))?,
            b'0'..=b'9' => number(lexer.num_string(""))?,
            _ => match lexer.null_or_bool().ok_or(MALFORMED)? {
                Some(value) => Json::Bool(value),
                None => Json::Null,
            },
        })
    }

    fn members(
        &mut self,
        lexer: &mut SliceLexer<'_>,
        depth_left: usize,
    ) -> Result<JsonObject, Refused> {
        let mut members = JsonObject::new();
        lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| {
            if next != b'"' {
                return Err(MALFORMED);
            }
            let key = string(lexer)?;
            let colon = lexer.expect(SliceLexer::ws_peek, b':');
            let next = colon.and_then(|()| lexer.ws_peek()).ok_or(MALFORMED)?;
            let value = self.value(next, lexer, depth_left)?;
            match members.insert(key, value) {
                Some(_) => Err(MALFORMED),
                None => Ok(()),
            }
        })?;
        Ok(members)
    }
}

fn deeper(depth_left: usize) -> Result<usize, Refused> {
    let max = Json::MAX_DEPTH;
    depth_left.checked_sub(1).ok_or(Refused(InvalidValue::TooDeep { max }))
}

fn string(lexer: &mut SliceLexer<'_>) -> Result<String, Refused> {
    let text = lexer.discarded().str_string().map_err(|_| MALFORMED)?;
    Ok(text.into_owned())
}

fn number<T>(literal: Result<(&str, T), hifijson::num::Error>) -> Result<Json, Refused> {
    let (literal, _) = literal.map_err(|_| MALFORMED)?;
    Number::parse(literal).map(Json::Number).map_err(Refused)
}

#[cfg(test)]
mod tests;
