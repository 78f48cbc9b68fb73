//! Decodes query strings into pairs of texts. Rejects badly encoded bytes instead of guessing.

use percent_encoding::percent_decode;
use thiserror::Error;

/// The longest accepted query string, in bytes: the longest cursor and repeated filters fit. Below the HTTP layer's
/// limit of 65,534 bytes for a request target, so that clients get a specific error.
pub(crate) const MAX_QUERY_BYTES: usize = 60 * 1024;

/// Why a query string is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum MalformedQuery {
    /// Longer than [`MAX_QUERY_BYTES`].
    #[error("the query string is longer than {MAX_QUERY_BYTES} bytes")]
    TooLong,
    /// A percent sign without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("the query string is not percent-encoded UTF-8")]
    NotUtf8,
    /// A NUL character, which no value of the service may contain.
    #[error("the query string holds a NUL character")]
    Nul,
}

/// Decodes `application/x-www-form-urlencoded` strictly. Keeps order and repetitions.
pub(crate) fn decode(raw: &str) -> Result<Vec<(String, String)>, MalformedQuery> {
    if raw.len() > MAX_QUERY_BYTES {
        return Err(MalformedQuery::TooLong);
    }
    raw.split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decode_text(name)?, decode_text(value)?))
        })
        .collect()
}

fn decode_text(raw: &str) -> Result<String, MalformedQuery> {
    let well_formed = raw.split('%').skip(1).all(|rest| {
        rest.as_bytes()
            .first_chunk::<2>()
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !well_formed {
        return Err(MalformedQuery::NotUtf8);
    }
    let spaced = raw.replace('+', " ");
    let text =
        percent_decode(spaced.as_bytes()).decode_utf8().map_err(|_| MalformedQuery::NotUtf8)?;
    if text.contains('\0') {
        return Err(MalformedQuery::Nul);
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests;
